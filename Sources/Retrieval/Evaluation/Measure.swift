import Foundation

/// A measure of a ranking, under the name that MTEB gives it.
package enum Measure: Sendable, Hashable {
  /// Discounted gains by grade, divided by those of the best possible order: grade / log₂(rank + 1),
  /// negative grades counting nothing (Järvelin and Kekäläinen).
  case ndcg(Int)
  /// Of all relevant documents, those among the first k.
  case recall(Int)
  /// Of the first k places, those with relevant documents.
  case precision(Int)
  /// 1 / rank of the first relevant document, if it is among the first k.
  case mrr(Int)
  /// Whether one of the first k is relevant.
  case success(Int)
  /// The mean of the precisions at each relevant document among the first k, those that were not
  /// found counting 0; nil: of all.
  case map(Int?)

  package var name: String { cut.map { "\(family)_at_\($0)" } ?? family }

  /// The name without the cut.
  package var family: String {
    switch self {
    case .ndcg: "ndcg"
    case .recall: "recall"
    case .precision: "precision"
    case .mrr: "mrr"
    case .success: "success"
    case .map: "map"
    }
  }

  /// How many places count; nil: all.
  package var cut: Int? {
    switch self {
    case .ndcg(let k), .recall(let k), .precision(let k), .mrr(let k), .success(let k): k
    case .map(let k): k
    }
  }

  /// All of them, at each of some cuts.
  package static func all(at cuts: [Int]) -> [Measure] {
    cuts.map { .ndcg($0) } + cuts.map { .recall($0) } + cuts.map { .mrr($0) } + [.map(nil)]
      + cuts.map { .map($0) } + cuts.map { .success($0) } + cuts.map { .precision($0) }
  }

  /// - Parameters:
  ///   - ranking: the grade of each hit, the best first; 0 for what nobody judged.
  ///   - judged: the grades of all judged documents of the query.
  package func value(of ranking: [Int], judged: [Int]) -> Double {
    let relevant = judged.count { $0 > 0 }
    guard relevant > 0 else { return 0 }
    switch self {
    case .ndcg(let k):
      return Self.gain(ranking, k) / Self.gain(judged.sorted(by: >), k)
    case .recall(let k): return Double(Self.found(ranking, k)) / Double(relevant)
    case .precision(let k): return Double(Self.found(ranking, k)) / Double(k)
    case .mrr(let k):
      return ranking.prefix(k).firstIndex { $0 > 0 }.map { 1 / Double($0 + 1) } ?? 0
    case .success(let k): return Self.found(ranking, k) > 0 ? 1 : 0
    case .map(let k):
      var (found, sum) = (0, 0.0)
      for (place, grade) in ranking.prefix(k ?? ranking.count).enumerated() where grade > 0 {
        found += 1
        sum += Double(found) / Double(place + 1)
      }
      return sum / Double(relevant)
    }
  }

  private static func found(_ ranking: [Int], _ k: Int) -> Int {
    ranking.prefix(k).count { $0 > 0 }
  }

  private static func gain(_ grades: [Int], _ k: Int) -> Double {
    grades.prefix(k).enumerated().reduce(0) { sum, place in
      place.element > 0 ? sum + Double(place.element) / log2(Double(place.offset + 2)) : sum
    }
  }
}
