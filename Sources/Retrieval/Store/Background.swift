import Foundation
import TesseraTensors

/// How all rows of a store score for one query: what a score has to stand out from.
public struct Background: Sendable, Equatable {
  /// Rows that were scored.
  public let count: Int
  /// Mean of their scores.
  public let mean: Float
  /// Standard deviation of their scores.
  public let deviation: Float

  package init(of scores: [Float]) {
    // Rows that are left out have none.
    let scores = scores.lazy.filter { !$0.isNaN }.map(Double.init)
    let sum = scores.reduce(into: (count: 0, total: 0.0)) { sum, score in
      sum.count += 1
      sum.total += score
    }
    let mean = sum.count > 0 ? sum.total / Double(sum.count) : 0
    let squares = scores.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
    count = sum.count
    self.mean = Float(mean)
    deviation = sum.count > 0 ? Float((squares / Double(sum.count)).squareRoot()) : 0
  }

  /// How many standard deviations a score lies above the mean; 0 where all scores are the same.
  public func deviations(of score: Float) -> Float {
    deviation > 0 ? (score - mean) / deviation : 0
  }

  /// How likely it is that the best of so many rows would score so high if none had to do with the
  /// query: 1 − Φ(z)ⁿ, as if scores were normally distributed.
  public func chance(of score: Float) -> Float {
    let tail = 0.5 * erfc(Double(deviations(of: score)) / 2.0.squareRoot())
    return Float(-expm1(Double(count) * log1p(-min(tail, 1 - 1e-16))))
  }
}

extension DiskStore {
  /// The scores of all rows, summed up, for each query.
  ///
  /// - Throws: `SearchError`, `StoreError`, or what is wrong with a file.
  public func backgrounds(
    of queries: [[Float]], filter: Filter? = nil
  ) throws -> [Background] {
    try requireDense()
    let blocks = try blocks()
    let left = try filter.map { try rowsWithout($0) } ?? dead
    return try units(queries).map { query in
      guard !blocks.isEmpty else { return Background(of: []) }
      return Background(
        of: try ExactSearch().scores(
          Tensor(query, shape: [1, query.count]), in: blocks, excluding: left))
    }
  }
}
