import Foundation
import Synchronization
import TesseraTensors

/// How fast each pair of a head's channels turns from token to token, in float32 as the references
/// compute it: at thousands of tokens another rounding would be seen.
package struct RotaryFrequencies: Sendable, Equatable {
  /// Radians a token, [D/2].
  package let values: [Float]

  /// base^(−2k/D) for pair k, scaled. Su et al., "RoFormer".
  package init(base: Float, headWidth: Int, scaling: RotaryScaling = .none) {
    precondition(headWidth.isMultiple(of: 2), "pairs of \(headWidth) channels")
    values = (0..<headWidth / 2).map { scaling(1 / pow(base, Float(2 * $0) / Float(headWidth))) }
  }

  /// Stretched to texts that are `factor` times as long, the slow pairs more than the fast ones:
  /// (base·factor)^(−2k/D) / factor^(2/D). "NTK-aware" scaling, fixed for all lengths.
  package init(ntkBase base: Float, factor: Float, headWidth: Int) {
    let divisor = Float(pow(Double(factor), 2 / Double(headWidth)))
    values = RotaryFrequencies(base: base * factor, headWidth: headWidth).values
      .map { $0 / divisor }
  }

  /// Cosines and sines of the first places, [places, D/2] each.
  func tables(places: Int) -> RotaryTables {
    func table(_ function: (Float) -> Float) -> Tensor {
      Tensor(shape: [places, values.count]) { out in
        for place in 0..<places {
          for (k, value) in values.enumerated() {
            out[place * values.count + k] = function(Float(place) * value)
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
