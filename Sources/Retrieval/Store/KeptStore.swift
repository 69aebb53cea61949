import TesseraEmbedders

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

  /// The kinds of vectors that its rows have; all rows have the same.
  var vectorKinds: [VectorKind] { get }
  /// Those that rows of such a store can have.
  var possibleKinds: [VectorKind] { get }
  /// Whether rows may be without dense vectors.
  var mayLackDense: Bool { get }
  /// Says, before there are rows, which kinds all of them will have.
  func setVectorKinds(_ kinds: [VectorKind]) throws

  /// For each query, the best rows first, by whatever is compared.
  ///
  /// - Parameter candidates: rows of each kind that a hybrid search takes.
  /// - Throws: `StoreError.noLists`, `StoreError.kindNotKept`, `StoreError.fusionNotKnown`.
  func search(
    _ queries: [StoreQuery], mode: SearchMode, candidates: Int, _ request: StoreRequest
  ) throws -> [[StoreHit]]

  /// A value that the store keeps about itself.
  func value(of key: String) throws -> String?
  func setValue(_ value: String, of key: String) throws
}

extension KeptStore {
  package var remarks: [String] { [] }
  package var problems: [String] { [] }
  package func finish(_ sources: [SourceRecord]) throws {}

  package var vectorKinds: [VectorKind] { [.dense] }
  package var possibleKinds: [VectorKind] { [.dense] }
  package var mayLackDense: Bool { false }

  /// - Throws: `StoreError.denseNeeded` for kinds of which rows must have more.
  package func requirePlace(for kinds: [VectorKind]) throws {
    guard mayLackDense || kinds.contains(.dense) else { throw StoreError.denseNeeded(place) }
  }

  /// - Throws: `StoreError.noDense` where rows have no dense vectors to be compared.
  package func requireDense() throws {
    guard vectorKinds.contains(.dense) else { throw StoreError.noDense(place) }
  }

  package func setVectorKinds(_ kinds: [VectorKind]) throws {
    for kind in kinds where !possibleKinds.contains(kind) {
      throw StoreError.kindNotKept(place, kind: kind.rawValue)
    }
  }

  package func search(
    _ queries: [StoreQuery], mode: SearchMode, candidates: Int, _ request: StoreRequest
  ) throws -> [[StoreHit]] {
    for kind in mode.kinds where !possibleKinds.contains(kind) {
      throw StoreError.kindNotKept(place, kind: kind.rawValue)
    }
    return try search(queries.map(\.vector), request)
  }

  /// How it is asked where nobody says: by dense vectors, or by what rows have instead.
  package var ownMode: SearchMode {
    let kinds = vectorKinds
    return kinds.contains(.dense) ? .dense : kinds.contains(.colbert) ? .colbert : .sparse
  }

  /// The best rows for a query that has what `ownMode` compares.
  package func search(_ query: StoreQuery, _ request: StoreRequest) throws -> [StoreHit] {
    let mode = ownMode
    let hits =
      mode == .dense
      ? try search([query.vector], request)
      : try search([query], mode: mode, candidates: 0, request)
    return hits.first ?? []
  }

  /// What made the vectors; nil where nobody said.
  package func fingerprint() throws -> Fingerprint? {
    try value(of: "fingerprint").map { try Fingerprint(json: $0) }
  }

  package func add(_ rows: [StoreRow]) throws {
    try add(kept: rows.map { KeptRow($0) })
  }
}

/// A row with its vector and the file that it was read from.
package struct KeptRow: Sendable {
  package var item: StoredItem
  package var vector: [Float]
  /// Weight by token id, where the store keeps words' weights.
  package var lexicalWeights: [Int: Float]?
  /// A vector for each token, where the store keeps them.
  package var tokenVectors: [[Float]]?
  /// Nil where nobody knows of one.
  package var source: SourceRecord?

  package init(item: StoredItem, vector: [Float], source: SourceRecord? = nil) {
    self.item = item
    self.vector = vector
    self.source = source
  }

  package init(_ row: StoreRow, source: SourceRecord? = nil) {
    self.init(item: row.item, vector: row.vector, source: source)
    lexicalWeights = row.lexicalWeights
    tokenVectors = row.tokenVectors
  }

  /// All that other rows can be compared with.
  package var query: StoreQuery {
    var query = StoreQuery(vector: vector)
    query.lexicalWeights = lexicalWeights
    query.tokenVectors = tokenVectors
    return query
  }

  /// The row without its file.
  package var row: StoreRow {
    var row = StoreRow(item, vector: vector)
    row.lexicalWeights = lexicalWeights
    row.tokenVectors = tokenVectors
    return row
  }
}
