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
  func logits(
    _ query: String, _ hits: [Item]
  ) throws -> [Result<Float, EmbedderError>?] {
    switch self {
    case .texts(let reranker):
      var scores = try reranker.scores(of: hits.compactMap { $0.text.map { TextPair(query, $0) } })
        .makeIterator()
      return hits.map { hit in hit.text == nil ? nil : scores.next()?.map(\.logit) }
    case .pictures(let matcher):
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
