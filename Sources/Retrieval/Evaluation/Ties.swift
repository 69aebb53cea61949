/// Where equal scores leave it to the ids of documents who is among the first k.
package struct Ties: Sendable {
  package struct Cut: Sendable, Equatable {
    package let k: Int
    /// Queries whose k-th and next hit have equal scores.
    package let queries: Int
    /// The mean nDCG at this cut, if those of equal score stood in the worst and in the best order.
    package let worst, best: Double
  }

  /// The cuts that a tie goes across, from the lowest.
  package let cuts: [Cut]

  init(_ rankings: [TiedRanking], _ measures: [Measure]) {
    let ks = measures.compactMap { if case .ndcg(let k) = $0 { k } else { nil } }
    cuts = ks.compactMap { k in
      let tied = rankings.count { $0.isTied(at: k) }
      guard tied > 0 else { return nil }
      func mean(_ grades: (TiedRanking) -> [Int]) -> Double {
        rankings.reduce(0) { $0 + Measure.ndcg(k).value(of: grades($1), judged: $1.judged) }
          / Double(rankings.count)
      }
      return Cut(
        k: k, queries: tied, worst: mean { $0.reordered(by: <) }, best: mean { $0.reordered(by: >) }
      )
    }
  }
}

/// The grades of a query's hits, the best hit first, with their scores.
struct TiedRanking: Sendable {
  let grades: [Int]
  /// Of all judged documents.
  let judged: [Int]
  private let scores: [Float]

  init(_ hits: [RankedRun.Hit], _ grades: [String: Int]) {
    self.grades = hits.map { grades[$0.document] ?? 0 }
    judged = Array(grades.values)
    scores = hits.map(\.score)
  }

  func isTied(at k: Int) -> Bool { k > 0 && k < scores.count && scores[k - 1] == scores[k] }

  /// The grades, those of equal score in another order.
  func reordered(by precedes: (Int, Int) -> Bool) -> [Int] {
    var out: [Int] = []
    while out.count < scores.count {
      let score = scores[out.count]
      let end = scores[out.count...].firstIndex { $0 != score } ?? scores.count
      out += grades[out.count..<end].sorted(by: precedes)
    }
    return out
  }
}
