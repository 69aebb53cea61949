/// A row that may be among the best, between what bounds its score lies.
struct Candidate: Sendable {
  let block: Int32
  let row: Int32
  let upper: Float
  let lower: Float
}

/// The rows of those seen so far whose upper bound is not below the k-th highest lower bound.
struct Candidates: Sendable {
  let k: Int
  private var list: [Candidate] = []
  /// The highest lower bounds, their rows being of no concern.
  private var lowers: BestHits
  /// How long the list may grow before those are dropped that fell below the limit.
  private var longest = 1 << 12

  init(_ k: Int) {
    self.k = k
    lowers = BestHits(k)
  }

  init(merging others: [Candidates], _ k: Int) {
    self.init(k)
    for other in others { lowers.insert(other.lowers) }
    list = others.flatMap(\.list)
    drop()
  }

  /// Rows whose upper bound is below this cannot be among the best.
  var limit: Float { lowers.limit }

  /// NaN, which bounds nothing, before all others.
  var mostPromisingFirst: [Candidate] {
    list.sorted { a, b in b.upper.isNaN ? false : a.upper.isNaN || a.upper > b.upper }
  }

  mutating func insert(_ candidate: Candidate) {
    guard !(candidate.upper < limit) else { return }
    list.append(candidate)
    lowers.insert(Hit(row: Int(candidate.row), score: candidate.lower))
    if list.count >= longest {
      drop()
      longest = max(longest, 2 * list.count)
    }
  }

  private mutating func drop() {
    let limit = limit
    list.removeAll { $0.upper < limit }
  }
}
