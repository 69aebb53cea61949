import TesseraEmbedders

/// A second model that reads a query's text together with each hit: beside the hit's text, or beside
/// its picture.
enum HitReader {
  case texts(Reranker)
  case pictures(PictureMatcher)

  /// What it reads of a hit, for messages.
  var subject: String {
    switch self {
    case .texts: "text"
    case .pictures: "picture"
    }
  }

  /// A number for each hit, the higher, the better; nil for one without what the model reads.
  ///
  /// - Parameter notices: are told what is cut.
  func logits(
    _ query: String, _ hits: [Item], noting notices: inout Notices
  ) throws -> [Result<Float, EmbedderError>?] {
    switch self {
    case .texts(let reranker):
      var scores = try reranker.scores(of: hits.compactMap { $0.text.map { TextPair(query, $0) } })
        .makeIterator()
      var logits: [Result<Float, EmbedderError>?] = []
      for (number, hit) in hits.enumerated() {
        let score = hit.text == nil ? nil : scores.next()
        if let cut = try? score?.get().truncation {
          notices.noteTruncation(
            kept: cut.kept, total: cut.total, of: "hit \(number + 1), with its query,")
        }
        logits.append(score?.map(\.logit))
      }
      return logits
    case .pictures(let matcher):
      if let cut = try matcher.truncation(of: query) {
        notices.noteTruncation(kept: cut.kept, total: cut.total, of: "a query, beside pictures,")
      }
      var matches = try matcher.match(query, with: hits.compactMap(\.image)).makeIterator()
      return hits.map { hit in hit.image == nil ? nil : matches.next()?.map(\.logit) }
    }
  }
}

extension ModelOptions {
  /// Loads the second model of a command, to which limit and prompt of the first do not belong.
  ///
  /// - Parameter pixels: how pictures are read unless the options say so.
  func loadHitReader(named name: String, pixels: PixelReading) throws -> HitReader {
    let folder = try model.folder(named: name)
    guard PictureMatcher.canLoad(folder) else {
      let reranker = try loadReranker(from: folder, isOther: true)
      guard reranker.labels.count == 1 else {
        throw EmbedderError.notAReranker(labels: reranker.labels)
      }
      return .texts(reranker)
    }
    chooseKernels()
    let matcher = try PictureMatcher(
      modelFolder: folder,
      options: .init(
        batchTokens: batchTokens, maximumPixels: maxPixels, precision: precision,
        pixels: givenPixels ?? pixels))
    matcher.notes.forEach(StandardError.note)
    return .pictures(matcher)
  }
}
