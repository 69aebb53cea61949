import Foundation
import GRDB
import TesseraEmbedders

/// Something that makes a store answer badly.
package struct StoreFinding: Equatable, Sendable {
  /// gone, changed, failed, model, sameVector, otherVector, fileName.
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

extension DiskStore {
  /// What shows without a model.
  package func findings() throws -> [StoreFinding] {
    var findings: [StoreFinding] = []
    var firstIDs: [String: String] = [:]
    try forEachRow { row, item in
      if let staleness = item.staleness {
        findings.append(
          .init(
            kind: staleness.rawValue, id: item.id,
            message: staleness == .gone
              ? "\(item.file ?? "") is gone; tessera index --prune removes what is known of it"
              : "\(item.file ?? "") has changed; tessera index reads it again"))
      }
      let vector = try vector(row: row)
      let hash = vector.withUnsafeBytes { SHA256.hexadecimal(of: $0) }
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
    let failures = try read {
      try Row.fetchAll($0, sql: "SELECT error FROM source WHERE state = 'failed' ORDER BY path")
    }
    return findings
      + failures.map { .init(kind: "failed", id: nil, message: $0[0] ?? "it cannot be read") }
  }

  /// What shows when some items, spread over the store, are encoded again.
  package func findings(encoding count: Int, by embedder: Embedder) throws -> [StoreFinding] {
    var candidates: [(row: Int, item: StoredItem, encoded: Item)] = []
    try forEachRow { row, item in
      if let encoded = item.encodedAgain { candidates.append((row, item, encoded)) }
    }
    let step = max(1, candidates.count / max(1, count))
    let chosen = stride(from: 0, to: candidates.count, by: step).prefix(count).map {
      candidates[$0]
    }
    return try zip(chosen, embedder.encode(chosen.map(\.encoded))).compactMap { sample, result in
      guard let vector = try? result.get().vector.ofLengthOne,
        let score = cosine(try self.vector(row: sample.row), vector)
      else {
        return StoreFinding(
          kind: "otherVector", id: sample.item.id,
          message: "this model gives it no vector of \(dimension ?? 0) numbers")
      }
      guard score < 0.995 else { return nil }
      if let name = try fileNameScore(sample.row, sample.item, embedder), name > 0.995 {
        return StoreFinding(
          kind: "fileName", id: sample.item.id,
          message: "its vector is of the picture's file name, not of the picture")
      }
      return StoreFinding(
        kind: "otherVector", id: sample.item.id,
        message: "encoded again it has a cosine of \(score) with its vector: another model, pooling"
          + " or reading made that")
    }
  }

  /// How near a picture's vector is to that of its name, as some programs encode it by mistake.
  private func fileNameScore(
    _ row: Int, _ item: StoredItem, _ embedder: Embedder
  ) throws -> Float? {
    guard let image = item.image else { return nil }
    let stored = try vector(row: row)
    return try ["file_path: \(image)", image].compactMap { name in
      cosine(stored, try embedder.encode(.text(name)).vector.ofLengthOne ?? [])
    }.max()
  }

  private func cosine(_ x: [Float], _ y: [Float]) -> Float? {
    guard x.count == y.count else { return nil }
    return Float(zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
  }
}

extension StoredItem {
  /// What to encode to get the same vector; nil where that is not known: a part of a text was encoded
  /// with its headings, and a picture may have changed.
  fileprivate var encodedAgain: Item? {
    let picture = image.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
    guard text != nil || picture != nil, image == picture else { return nil }
    let item = Item(text: text, image: picture.map { .file(URL(filePath: $0)) })
    guard !contentHash.isEmpty else { return item }
    let draft = try? ItemDraft(self, text: text, picture: picture, place: id, hasOwnID: true)
    return draft?.item.contentHash == contentHash ? item : nil
  }
}
