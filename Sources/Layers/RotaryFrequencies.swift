import Foundation
import Synchronization
import TesseraTensors

/// How fast each pair of a head's channels turns from token to token, in float32 as the references
/// compute it: at thousands of tokens another rounding would be seen.
package struct RotaryFrequencies: Sendable, Equatable {
  /// Radians a token, [D/2].
  package let values: [Float]
  /// What cosines and sines are multiplied by, so that scores grow by its square.
  package let amplitude: Float

  init(values: [Float], amplitude: Float = 1) {
    (self.values, self.amplitude) = (values, amplitude)
  }

  /// base^(−2k/D) for pair k, scaled. Su et al., "RoFormer".
  package init(base: Float, headWidth: Int, scaling: RotaryScaling = .none) {
    let powers = Self.powers(base: base, headWidth: headWidth)
    values = scaling(powers, base: base)
    amplitude = scaling.amplitude
  }

  /// Stretched to texts that are `factor` times as long, the slow pairs more than the fast ones:
  /// (base·factor)^(−2k/D) / factor^(2/D). "NTK-aware" scaling, fixed for all lengths.
  package init(ntkBase base: Float, factor: Float, headWidth: Int) {
    let divisor = Float(pow(Double(factor), 2 / Double(headWidth)))
    self.init(
      values: RotaryFrequencies(base: base * factor, headWidth: headWidth).values
        .map { $0 / divisor })
  }

  /// Each pair divided by a factor of its own: base^(−2k/D) / fₖ. Ding et al., "LongRoPE".
  package init(base: Float, dividedBy factors: [Float], amplitude: Float) {
    let powers = Self.powers(base: base, headWidth: 2 * factors.count)
    self.init(values: zip(factors, powers).map { 1 / ($0 * $1) }, amplitude: amplitude)
  }

  /// √(1 + ln f / ln L) for texts f times as long as the L tokens of training; 1 for no longer ones.
  package static func longRoPEAmplitude(factor: Double, trainedTokens: Int) -> Double {
    factor <= 1 ? 1 : (1 + log(factor) / log(Double(trainedTokens))).squareRoot()
  }

  /// base^(2k/D).
  private static func powers(base: Float, headWidth: Int) -> [Float] {
    precondition(headWidth.isMultiple(of: 2), "pairs of \(headWidth) channels")
    return (0..<headWidth / 2).map { pow(base, Float(2 * $0) / Float(headWidth)) }
  }

  /// Cosines and sines of the first places, [places, D/2] each.
  func tables(places: Int) -> RotaryTables {
    func table(_ function: (Float) -> Float) -> Tensor {
      Tensor(shape: [places, values.count]) { out in
        for place in 0..<places {
          for (k, value) in values.enumerated() {
            out[place * values.count + k] = function(Float(place) * value) * amplitude
          }
        }
      }
    }
    return RotaryTables(cosines: table(cos), sines: table(sin), pairs: .halves)
  }
}

/// Tables that are computed when a text needs them, and kept: few texts are as long as a model's
/// limit.
final class GrowingRotaryTables: Sendable {
  private let frequencies: RotaryFrequencies
  private let known: Mutex<RotaryTables>

  init(_ frequencies: RotaryFrequencies) {
    self.frequencies = frequencies
    known = Mutex(frequencies.tables(places: 64))
  }

  func tables(places: Int) -> RotaryTables {
    known.withLock { known in
      if known.longestSequence < places {
        known = frequencies.tables(places: max(places, 2 * known.longestSequence))
      }
      return known
    }
  }
}
