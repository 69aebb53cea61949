import TesseraEmbedders

/// Where vectors are kept with what they stand for, and found again.
///
/// Rows are named by their ids. Scores are inner products: cosines where the vectors have length 1.
/// The memory, a folder on disk and a server can all be one.
public protocol VectorStore {
  /// Adds rows; a row takes the place of another with its id.
  ///
  /// - Throws: `StoreError`; then nothing was added.
  func add(_ rows: [StoreRow]) throws
  /// Removes the rows with these ids, and gives how many there were.
  func remove(ids: [String]) throws -> Int
  /// What is known of rows, in the order in which they were added.
  func rows(_ selection: StoreSelection) throws -> [StoredItem]
  /// For each query, the best rows first; of equal scores the one that was added first.
  func search(_ queries: [[Float]], _ request: StoreRequest) throws -> [[StoreHit]]
  /// How many rows there are.
  func count() throws -> Int
  /// What kind of store it is.
  func describe() throws -> StoreDescription
}

/// A vector and what it stands for.
public struct StoreRow: Sendable {
  /// What it stands for.
  public var item: StoredItem
  /// Its vector, as long as all others of the store; empty where its model gives none.
  public var vector: [Float]
  /// Weight by token id; needed where the store keeps words' weights.
  public var lexicalWeights: [Int: Float]?
  /// A vector for each token; needed where the store keeps them.
  public var tokenVectors: [[Float]]?

  /// Puts an item and all its vectors together.
  public init(_ item: StoredItem, _ embedding: Embedding) {
    self.init(item, vector: embedding.vector)
    lexicalWeights = embedding.lexicalWeights
    tokenVectors = embedding.colbertVectors
  }

  /// Puts the two together.
  public init(_ item: StoredItem, vector: [Float]) {
    self.item = item
    self.vector = vector
  }
}

/// Which rows are meant.
public struct StoreSelection: Sendable {
  /// Only rows of which this is true; nil: all.
  public var filter: Filter?
  /// Rows that are passed over first.
  public var offset: Int
  /// How many at most; nil: all.
  public var limit: Int?

  /// All rows, unless something else is said.
  public init(filter: Filter? = nil, offset: Int = 0, limit: Int? = nil) {
    self.filter = filter
    self.offset = offset
    self.limit = limit
  }
}

/// What a search is to give.
public struct StoreRequest: Sendable {
  /// Hits for a query.
  public var limit: Int
  /// Better hits that are passed over, for a further page.
  public var offset: Int
  /// Only rows of which this is true; nil: all.
  public var filter: Filter?
  /// Hits with lower scores are left out; nil: none is.
  public var minimumScore: Float?

  /// The best ten, unless something else is said.
  public init(
    limit: Int = 10, offset: Int = 0, filter: Filter? = nil, minimumScore: Float? = nil
  ) {
    self.limit = limit
    self.offset = offset
    self.filter = filter
    self.minimumScore = minimumScore
  }
}

/// A row that answers a query.
public struct StoreHit: Sendable {
  /// What the row stands for.
  public let item: StoredItem
  /// The inner product of its vector with the query, or what a search of another mode gives.
  public let score: Float
  /// What the score was made of, where it was made of several.
  public let parts: [VectorKind: Float]
  /// Of the store that found it; −1 where its rows have no numbers.
  package let row: Int

  /// A hit of a store whose rows have no numbers.
  public init(item: StoredItem, score: Float) { self.init(item: item, score: score, row: -1) }

  init(item: StoredItem, score: Float, row: Int, parts: [VectorKind: Float] = [:]) {
    self.item = item
    self.score = score
    self.row = row
    self.parts = parts
  }

  /// The same hit with another score, the first one being a part of it.
  ///
  /// - Parameter first: what the first one compared, where it was made of one kind.
  package func scored(_ score: Float, after first: VectorKind) -> StoreHit {
    var parts = parts
    if parts.isEmpty { parts[first] = self.score }
    return StoreHit(item: item, score: score, row: row, parts: parts)
  }
}

/// What kind of store it is.
public struct StoreDescription: Sendable {
  /// Where it is.
  public let place: String
  /// How many rows it has.
  public let rowCount: Int
  /// Numbers in a vector; nil before the first row.
  public let dimension: Int?
  /// What made the vectors; nil where nobody said.
  public let fingerprint: Fingerprint?

  /// Puts the facts together.
  public init(place: String, rowCount: Int, dimension: Int?, fingerprint: Fingerprint?) {
    self.place = place
    self.rowCount = rowCount
    self.dimension = dimension
    self.fingerprint = fingerprint
  }
}
