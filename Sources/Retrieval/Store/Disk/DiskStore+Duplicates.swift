import GRDB
import TesseraTensors

/// Rows that look alike to the model.
package struct DuplicateGroup: Sendable {
  package struct Member: Sendable {
    package let item: StoredItem
    /// Of the file, 0 where nobody knows.
    package let byteCount: Int
    /// Its cosine with the one to keep.
    package let score: Float
  }

  /// The one to keep first: of most pixels, then of most bytes, then the first; the others by score.
  package let members: [Member]
}

extension DiskStore {
  /// Rows in groups: any two whose cosine is at least `least` are in one, and whoever such pairs join.
  ///
  /// Every pair is looked at.
  /// - Throws: `SearchError`, or what is wrong with a file.
  package func duplicates(above least: Float, filter: Filter? = nil) throws -> [DuplicateGroup] {
    try requireDense()
    var rows: [Int] = []
    try forEachRow(.init(filter: filter)) { row, _ in rows.append(row) }
    let left = try filter.map { try rowsWithout($0) } ?? dead
    var groups = DisjointSets()
    for start in stride(from: 0, to: rows.count, by: Self.batch) {
      var batch = Array(rows[start..<min(start + Self.batch, rows.count)])
      var k = 16
      while !batch.isEmpty {
        let hits = try nearest(batch, k: k, excluding: left)
        var unfinished: [Int] = []
        for (row, hits) in zip(batch, hits) {
          for hit in hits where hit.score >= least && hit.row != row {
            groups.join(row, hit.row)
          }
          // More than were asked for may be near enough.
          if hits.count == k, let last = hits.last, last.score >= least { unfinished.append(row) }
        }
        batch = unfinished
        k *= 8
      }
    }
    return try groups.sets().map { try group($0) }
  }

  private static let batch = 64

  private func nearest(_ rows: [Int], k: Int, excluding left: RowSet) throws -> [[Hit]] {
    guard let dimension else { return [] }
    let queries = Tensor(try rows.flatMap { try vector(row: $0) }, shape: [rows.count, dimension])
    return try ExactSearch().topK(queries, in: blocks(), k: k, precision: .int8, excluding: left)
  }

  private func group(_ rows: [Int]) throws -> DuplicateGroup {
    var found: [(row: Int, item: StoredItem, bytes: Int)] = try read { database in
      try rows.compactMap { row in
        let bytes = try Int.fetchOne(
          database.cachedStatement(
            sql: """
              SELECT source.bytes FROM item JOIN source ON source.number = item.source
              WHERE item.row = ?
              """), arguments: [row])
        return try StoredItem.find(row: row, in: database).map { (row, $0, bytes ?? 0) }
      }
    }
    func worth(_ member: (row: Int, item: StoredItem, bytes: Int)) -> (Int, Int, Int) {
      ((member.item.width ?? 0) * (member.item.height ?? 0), member.bytes, -member.row)
    }
    guard let keeper = found.max(by: { worth($0) < worth($1) }) else {
      preconditionFailure("a group of no rows")
    }
    found.removeAll { $0.row == keeper.row }
    let vector = try vector(row: keeper.row)
    let others = try found.map { member in
      DuplicateGroup.Member(
        item: member.item, byteCount: member.bytes,
        score: zip(vector, try self.vector(row: member.row)).reduce(0) { $0 + $1.0 * $1.1 })
    }.sorted { $0.score > $1.score }
    return DuplicateGroup(
      members: [.init(item: keeper.item, byteCount: keeper.bytes, score: 1)] + others)
  }
}

/// Sets of numbers that pairs join.
package struct DisjointSets {
  private var parents: [Int: Int] = [:]

  package init() {}

  private mutating func root(of number: Int) -> Int {
    var root = number
    while let parent = parents[root], parent != root { root = parent }
    // The way is shorter the next time.
    var next = number
    while let parent = parents[next], parent != root {
      parents[next] = root
      next = parent
    }
    return root
  }

  package mutating func join(_ first: Int, _ second: Int) {
    let roots = (root(of: first), root(of: second))
    parents[max(roots.0, roots.1)] = min(roots.0, roots.1)
    parents[min(roots.0, roots.1)] = min(roots.0, roots.1)
  }

  /// Each in order, and in the order of their first numbers.
  package mutating func sets() -> [[Int]] {
    let numbers = parents.keys.sorted()
    var sets: [Int: [Int]] = [:]
    for number in numbers { sets[root(of: number), default: []].append(number) }
    return sets.sorted { $0.key < $1.key }.map(\.value)
  }
}
