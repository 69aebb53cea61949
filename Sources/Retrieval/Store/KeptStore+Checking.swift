import Foundation
import TesseraEmbedders

/// Something that makes a store answer badly.
package struct StoreFinding: Equatable, Sendable {
  /// gone, changed, failed, model, length, sameVector, otherVector, fileName.
  package let kind: String
  /// The row that it is about.
  package let id: String?
  package let message: String

  package init(kind: String, id: String?, message: String) {
    self.kind = kind
    self.id = id
    self.message = message
  }
}

extension KeptStore {
  /// What shows without a model.
  package func findings() throws -> [StoreFinding] {
    var findings: [StoreFinding] = []
    var firstIDs: [String: String] = [:]
    let hasDense = vectorKinds.contains(.dense)
    try forEachKept(.init()) { row in
      let item = row.item
      if let staleness = item.staleness {
        findings.append(
          .init(
            kind: staleness.rawValue, id: item.id,
            message: "\(item.file ?? "") \(Self.words(for: staleness))"))
      }
      let length = row.vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      if hasDense, abs(length - 1) > 1e-3 {
        findings.append(
          .init(
            kind: "length", id: item.id,
            message: "its vector has length \(Float(length)): what it scores is no cosine"))
      }
      let numbers = hasDense ? row.vector : row.numbersOfLists
      let hash = numbers.withUnsafeBytes { SHA256.hexadecimal(of: $0) }
      if let first = firstIDs[hash] {
        // The same content twice is no fault of anybody's.
        if item.contentHash.isEmpty || item.kind == .vector {
          findings.append(
            .init(kind: "sameVector", id: item.id, message: "it has the vector of \(first)"))
        }
      } else {
        firstIDs[hash] = item.id
      }
    }
    return findings
  }

  private static func words(for staleness: StoredItem.Staleness) -> String {
    switch staleness {
    case .gone: "is gone; tessera index --prune removes what is known of it"
    case .changed: "has changed; tessera index reads it again"
    case .unreadable: "cannot be looked at: no permission for a folder above it"
    }
  }

  /// What shows when some items, spread over the store, are encoded again.
  package func findings(encoding count: Int, by embedder: Embedder) throws -> [StoreFinding] {
    // What may be encoded at all is told without its vector.
    let candidates = try rows(.init()).filter { $0.encodedAgain != nil || $0.image != nil }
    let step = max(1, candidates.count / max(1, count))
    let chosen = stride(from: 0, to: candidates.count, by: step).prefix(count).map {
      candidates[$0]
    }
    let rows = try kept(ids: chosen.map(\.id))
    return try chosen.compactMap { item in
      try rows[item.id].flatMap { try finding(of: $0, embedder) }
    }
  }

  /// Whose vector a row has, where it is not the item's.
  private func finding(of row: KeptRow, _ embedder: Embedder) throws -> StoreFinding? {
    guard vectorKinds.contains(.dense) else { return listFinding(of: row, embedder) }
    let stored = row.vector.ofLengthOne ?? row.vector
    guard stored.count == embedder.dimension else {
      return StoreFinding(
        kind: "otherVector", id: row.item.id,
        message: "this model gives it no vector of \(stored.count) numbers, but of"
          + " \(embedder.dimension)")
    }
    var score: Float?
    if let item = row.item.encodedAgain {
      guard let vector = try? embedder.encode(item).vector.ofLengthOne else {
        return StoreFinding(
          kind: "otherVector", id: row.item.id, message: "this model cannot encode it")
      }
      score = cosine(stored, vector)
    }
    if let score, score >= 0.995 { return nil }
    if let name = try fileNameScore(stored, row.item, embedder), name > 0.995 {
      return StoreFinding(
        kind: "fileName", id: row.item.id,
        message: "its vector is of the picture's file name, not of the picture")
    }
    // Of a picture that is gone nothing else can be said.
    return score.map { score in
      StoreFinding(
        kind: "otherVector", id: row.item.id,
        message: "encoded again it has a cosine of \(score) with its vector: another model, pooling"
          + " or reading made that")
    }
  }

  /// The same for a row without a dense vector, by its lists.
  private func listFinding(of row: KeptRow, _ embedder: Embedder) -> StoreFinding? {
    guard let item = row.item.encodedAgain else { return nil }
    guard let again = try? embedder.encode([item], returning: vectorKinds)[0].get() else {
      return StoreFinding(
        kind: "otherVector", id: row.item.id, message: "this model cannot encode it")
    }
    let score = KeptRow(StoreRow(row.item, again)).listCosine(with: row)
    guard score < 0.995 else { return nil }
    return StoreFinding(
      kind: "otherVector", id: row.item.id,
      message:
        "encoded again its \(ownMode.kinds[0].rawValue) vectors have a cosine of \(score) with"
        + " those that it has: another model or reading made these")
  }

  /// How near a picture's vector is to that of its name, as some programs encode it by mistake.
  private func fileNameScore(
    _ stored: [Float], _ item: StoredItem, _ embedder: Embedder
  ) throws -> Float? {
    guard let image = item.image else { return nil }
    let name = image.split(separator: "/").last.map(String.init) ?? image
    let names = ["file_path: \(item.path ?? image)", "file_path: \(image)", image, name]
    return try Set(names).compactMap { name in
      cosine(stored, try embedder.encode(.text(name)).vector.ofLengthOne ?? [])
    }.max()
  }

  private func cosine(_ x: [Float], _ y: [Float]) -> Float? {
    guard x.count == y.count else { return nil }
    return Float(zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
  }
}

extension KeptRow {
  /// All numbers beside the dense vector, in one order.
  fileprivate var numbersOfLists: [Float] {
    ListKind.allCases.compactMap { $0.list(of: row) }.flatMap { $0 }
  }

  /// The cosine of all token vectors behind one another, or of all words' weights; 0 where the counts of
  /// the tokens differ.
  fileprivate func listCosine(with other: KeptRow) -> Float {
    func cosine(_ pairs: some Sequence<(Float, Float)>) -> Float {
      var (product, first, second) = (0.0, 0.0, 0.0)
      for (x, y) in pairs {
        product += Double(x) * Double(y)
        first += Double(x) * Double(x)
        second += Double(y) * Double(y)
      }
      // Lists of nothing are the same.
      return first == second && first == 0 ? 1 : Float(product / (first * second).squareRoot())
    }
    if let tokens = tokenVectors {
      let others = other.tokenVectors ?? []
      guard tokens.count == others.count else { return 0 }
      return cosine(zip(tokens.joined(), others.joined()))
    }
    let (mine, its) = (lexicalWeights ?? [:], other.lexicalWeights ?? [:])
    return cosine(Set(mine.keys).union(its.keys).sorted().map { (mine[$0] ?? 0, its[$0] ?? 0) })
  }
}

extension StoredItem {
  /// What to encode to get the same vector; nil where that is not known: a part of a text was encoded
  /// with its headings, and a picture may have changed.
  fileprivate var encodedAgain: Item? {
    guard !lacksPicture else { return nil }
    let picture = image.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
    guard text != nil || picture != nil, image == picture else { return nil }
    let item = Item(text: text, image: picture.map { .file(URL(filePath: $0)) })
    guard !contentHash.isEmpty else { return item }
    let draft = try? ItemDraft(self, text: text, picture: picture, place: id, hasOwnID: true)
    return draft?.item.contentHash == contentHash ? item : nil
  }
}
