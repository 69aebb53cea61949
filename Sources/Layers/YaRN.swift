import Foundation

/// Pairs that turn often within the texts of training stay, those that hardly turn are divided by the
/// factor, and between these one goes over into the other, evenly from pair to pair. Peng et al., "YaRN".
package struct YaRN: Sendable, Equatable {
  private let factor: Double
  private let trainedTokens: Double
  private let slowTurns: Double
  private let fastTurns: Double
  private let hasWholeBounds: Bool
  let amplitude: Float

  /// - Parameters:
  ///   - trainedTokens: of the longest texts before the scaling.
  ///   - slowTurns: a pair that turns so often in these, or less, is divided by the whole factor.
  ///   - fastTurns: a pair that turns so often, or more, stays.
  ///   - hasWholeBounds: whether the pairs that these fall on are rounded outwards.
  ///   - amplitude: what cosines and sines are multiplied by; see `amplitude(factor:weight:)`.
  package init(
    factor: Double, trainedTokens: Int, slowTurns: Double, fastTurns: Double, hasWholeBounds: Bool,
    amplitude: Double
  ) {
    (self.factor, self.trainedTokens) = (factor, Double(trainedTokens))
    (self.slowTurns, self.fastTurns) = (slowTurns, fastTurns)
    self.hasWholeBounds = hasWholeBounds
    self.amplitude = Float(amplitude)
  }

  /// 1 + 0.1·w·ln(factor), the paper's with w = 1; 1 for texts that grow no longer.
  package static func amplitude(factor: Double, weight: Double = 1) -> Double {
    factor <= 1 ? 1 : 0.1 * weight * log(factor) + 1
  }

  /// In the steps, and with the roundings, of transformers' `_compute_yarn_parameters`.
  func callAsFunction(_ powers: [Float], base: Float) -> [Float] {
    let (first, last) = bounds(width: 2 * powers.count, base: Double(base))
    // Apart, so that nothing is divided by 0.
    let length = first == last ? 0.001 : last - first
    return powers.enumerated().map { k, power in
      let ramp = min(max((Float(k) - Float(first)) / Float(length), 0), 1)
      let kept = 1 - ramp
      return 1 / (Float(factor) * power) * (1 - kept) + 1 / power * kept
    }
  }

  /// The pair from which on frequencies are divided, and that from which on by the whole factor.
  private func bounds(width: Int, base: Double) -> (first: Double, last: Double) {
    func pair(turns: Double) -> Double {
      Double(width) * log(trainedTokens / (turns * 2 * .pi)) / (2 * log(base))
    }
    var (first, last) = (pair(turns: fastTurns), pair(turns: slowTurns))
    if hasWholeBounds { (first, last) = (first.rounded(.down), last.rounded(.up)) }
    return (max(first, 0), min(last, Double(width - 1)))
  }
}
