import Foundation

/// Lengths of texts as they occur: log-normal, with a median of 60 tokens and a long tail.
///
/// Not drawn but computed, so that other programs can be timed on the same ones
/// (`Benchmarks/peers/lengths.py`): text i gets quantile (7919·i mod count + ½) / count of the
/// log-normal distribution with μ = ln 60 and σ = 0.8, rounded, between 8 and 400.
enum RealisticLengths {
  /// Tokens of each text, special tokens included; short and long ones mixed.
  static func tokenCounts(_ count: Int) -> [Int] {
    (0..<count).map { i in
      let quantile = (Double(7919 % count * i % count) + 0.5) / Double(count)
      let length = 60 * exp(0.8 * normalQuantile(quantile))
      return Int(min(max(length, 8), 400).rounded())
    }
  }

  /// Where the standard normal distribution reaches a probability, by bisection.
  private static func normalQuantile(_ probability: Double) -> Double {
    var (low, high) = (-10.0, 10.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if erfc(-middle / 2.0.squareRoot()) / 2 < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
