import Foundation
import GRDB

/// What a store says of itself.
package struct StoreFacts: Sendable {
  package let path: String
  package let version: Int
  package let rowCount: Int
  /// Numbers in a dense vector.
  package let dimension: Int?
  /// Numbers in the vector of a token, where rows have such.
  package let tokenDimension: Int?
  /// Those that every row has.
  package let vectorKinds: [String]
  /// Rows whose space comes back when the store is compacted.
  package let removedCount: Int
  package let segmentCount: Int
  /// Of all files of the store.
  package let byteCount: Int
  package let kinds: [(kind: String, count: Int)]
  package let sources: [(state: String, count: Int)]
  /// What could not be read, and why.
  package let failures: [(path: String, reason: String)]
  package let fingerprint: Fingerprint?
  /// The folder of the model, or its name.
  package let model: String?
  /// Tokens of a part of a text, and those that it repeats.
  package let chunks: (tokens: Int, overlap: Int)?
}

extension DiskStore {
  /// - Throws: what is wrong with the store.
  package func facts() throws -> StoreFacts {
    func counts(_ sql: String) throws -> [(String, Int)] {
      try read {
        try Row.fetchAll($0, sql: sql).map { (try $0.required("name"), try $0.required("count")) }
      }
    }
    let failures = try read {
      try Row.fetchAll(
        $0, sql: "SELECT path, error FROM source WHERE state = 'failed' ORDER BY path")
    }
    let chunks = try value(of: "chunks").map { $0.split(separator: " ").compactMap { Int($0) } }
    let files = FileManager.default
    return StoreFacts(
      path: path, version: try read { try StoreDatabase.version(of: $0) }, rowCount: try count(),
      dimension: dimension, tokenDimension: listWidths[.colbert].flatMap { $0 > 0 ? $0 : nil },
      vectorKinds: vectorKinds.map(\.rawValue), removedCount: dead.count,
      segmentCount: segments.count,
      byteCount: try files.contentsOfDirectory(atPath: path).reduce(0) {
        $0 + ((try? FileFacts("\(path)/\($1)"))?.byteCount ?? 0)
      },
      kinds: try counts(
        "SELECT kind AS name, COUNT(*) AS count FROM item GROUP BY kind ORDER BY kind"),
      sources: try counts(
        "SELECT state AS name, COUNT(*) AS count FROM source GROUP BY state ORDER BY state"),
      failures: try failures.map { (try $0.required("path"), try $0.optional("error") ?? "") },
      fingerprint: try fingerprint(),
      model: try value(of: "model"),
      chunks: chunks.flatMap { $0.count == 2 ? ($0[0], $0[1]) : nil })
  }
}
