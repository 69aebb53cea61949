import TesseraEmbedders
import TesseraTensors

/// A store in memory, gone with the process. Vectors need not have length 1: scores are cosines,
/// summed in double.
public final class MemoryStore: VectorStore {
  private var items: [StoredItem] = []
  private var vectors: [[Float]] = []
  /// Squares of the lengths.
  private var squares: [Double] = []
  private var places: [String: Int] = [:]
  private var removed: Set<Int> = []

  /// An empty store.
  public init() {}

  /// Adds rows; a row takes the place of another with its id.
  ///
  /// - Throws: `StoreError`; then nothing was added.
  public func add(_ rows: [StoreRow]) throws {
    try RowCheck(dimension: vectors.first?.count).check(rows)
    for row in rows {
      if let old = places[row.item.id] { removed.insert(old) }
      places[row.item.id] = items.count
      items.append(row.item)
      vectors.append(row.vector)
      squares.append(dot(row.vector, row.vector))
    }
  }

  /// Removes the rows with these ids, and gives how many there were.
  public func remove(ids: [String]) -> Int {
    let found = ids.compactMap { places.removeValue(forKey: $0) }
    removed.formUnion(found)
    return found.count
  }

  /// What is known of rows, in the order in which they were added.
  public func rows(_ selection: StoreSelection) -> [StoredItem] {
    let live = rows(where: selection.filter).dropFirst(selection.offset)
    return live.prefix(selection.limit ?? .max).map { items[$0] }
  }

  private func rows(where filter: Filter?) -> [Int] {
    items.indices.filter { !removed.contains($0) && filter?.matches(items[$0]) ?? true }
  }

  /// How many rows there are.
  public func count() -> Int { items.count - removed.count }

  /// What kind of store it is.
  public func describe() -> StoreDescription {
    StoreDescription(
      place: "memory", rowCount: count(), dimension: vectors.first?.count, fingerprint: nil)
  }

  /// The cosine of every row with each query.
  ///
  /// - Throws: `StoreError.dimension`.
  public func search(_ queries: [[Float]], _ request: StoreRequest) throws -> [[StoreHit]] {
    let meant = rows(where: request.filter)
    return try queries.enumerated().map { index, query in
      if let dimension = vectors.first?.count, dimension != query.count {
        throw StoreError.dimension(
          id: "query \(index)", expected: dimension, found: query.count)
      }
      let square = dot(query, query)
      let (vectors, squares) = (vectors, squares)
      let scores = Parallel.map(vectors.count) { row in
        Float(
          dot(vectors[row], query) / max((squares[row] * square).squareRoot(), 1e-12))
      }
      let least = request.minimumScore ?? -.infinity
      let order = meant.filter { scores[$0] >= least }
        .sorted { (scores[$1], $0) < (scores[$0], $1) }
      return order.dropFirst(request.offset).prefix(request.limit)
        .map { StoreHit(item: items[$0], score: scores[$0], row: $0) }
    }
  }
}
