/// A store with all that commands need of it: its rows with their vectors, and what it says of itself.
package protocol KeptStore: VectorStore {
  /// Where it is, without any secret.
  var place: String { get }
  /// What one should know who reads it.
  var remarks: [String] { get }
  /// Rows that cannot be read, and why.
  var problems: [String] { get }

  /// Hands out rows with their vectors one after another.
  func forEachKept(_ selection: StoreSelection, _ body: (KeptRow) throws -> Void) throws
  /// The rows of these ids, as far as there are such.
  func kept(ids: [String]) throws -> [String: KeptRow]
  /// Adds rows with the files that they were read from; a row takes the place of another with its id.
  func add(kept rows: [KeptRow]) throws
  /// All rows of these files were added.
  func finish(_ sources: [SourceRecord]) throws

  /// A value that the store keeps about itself.
  func value(of key: String) throws -> String?
  func setValue(_ value: String, of key: String) throws
}

extension KeptStore {
  package var remarks: [String] { [] }
  package var problems: [String] { [] }
  package func finish(_ sources: [SourceRecord]) throws {}

  /// What made the vectors; nil where nobody said.
  package func fingerprint() throws -> Fingerprint? {
    try value(of: "fingerprint").map { try Fingerprint(json: $0) }
  }

  package func add(_ rows: [StoreRow]) throws {
    try add(kept: rows.map { KeptRow(item: $0.item, vector: $0.vector) })
  }
}

/// A row with its vector and the file that it was read from.
package struct KeptRow: Sendable {
  package var item: StoredItem
  package var vector: [Float]
  /// Nil where nobody knows of one.
  package var source: SourceRecord?

  package init(item: StoredItem, vector: [Float], source: SourceRecord? = nil) {
    self.item = item
    self.vector = vector
    self.source = source
  }
}
