import Foundation
import TesseraCheckpoints
import TesseraTensors

/// The angles by which queries and keys turn, one row a token.
package struct RotaryEmbedding: Sendable {
  private let source: Source

  private enum Source: Sendable {
    case stored(RotaryTables)
    case computed(GrowingRotaryTables)
    case paced(PacedRotaryTables)
  }

  /// The checkpoint's own buffers, as the reference uses them: stored as fp16 they differ from the
  /// formula by up to 2.4e-4.
  ///
  /// - Parameter firstToken: that of the first row; those before it, such as a class token, stay.
  package init(
    _ weights: Weights, rows: Int, headWidth: Int, from firstToken: Int = 0
  ) throws {
    let shape = [rows, headWidth]
    source = .stored(
      RotaryTables(
        cosines: try weights.tensor("freqs_cos", shape: shape).widened(),
        sines: try weights.tensor("freqs_sin", shape: shape).widened(),
        from: firstToken))
  }

  /// Computed for the patches of a square picture, in float32: rows turn the first half of a head's
  /// channels and columns the second, neighbours together, by 10000^(−2k/(D/2)) radians a patch.
  ///
  /// - Parameters:
  ///   - gridSide: patches along a side.
  ///   - places: along a side, over which these are spread.
  ///   - firstToken: that of the first patch; those before it stay.
  package init(
    gridSide: Int, stretchedTo places: Int, headWidth: Int, from firstToken: Int
  ) {
    precondition(headWidth.isMultiple(of: 4), "two dimensions of pairs of \(headWidth) channels")
    let frequencies = RotaryFrequencies(base: 10000, headWidth: headWidth / 2).values
    func table(_ function: (Float) -> Float) -> Tensor {
      Tensor(shape: [gridSide * gridSide, headWidth]) { out in
        for patch in 0..<gridSide * gridSide {
          for (axis, index) in [patch / gridSide, patch % gridSide].enumerated() {
            let place = Float(index) / Float(gridSide) * Float(places)
            for (k, frequency) in frequencies.enumerated() {
              let channel = patch * headWidth + axis * headWidth / 2 + 2 * k
              out[channel] = function(place * frequency)
              out[channel + 1] = out[channel]
            }
          }
        }
      }
    }
    source = .stored(RotaryTables(cosines: table(cos), sines: table(sin), from: firstToken))
  }

  /// Computed, the halves of a head turning together. Layers of the same frequencies share one.
  package init(_ frequencies: RotaryFrequencies) {
    source = .computed(GrowingRotaryTables(frequencies))
  }

  /// The same by a rule, of which a text's length may be a part.
  package init(_ rule: RotaryRule) {
    source =
      if case .fixed(let frequencies) = rule {
        .computed(GrowingRotaryTables(frequencies))
      } else {
        .paced(PacedRotaryTables(rule))
      }
  }

  /// Rows for each token of some sequences.
  ///
  /// - Precondition: the sequences turn alike; see `RotaryRule.groups`.
  func tables(for sequences: PackedSequences) -> RotaryTables {
    if case .paced(let tables) = source { return tables.tables(for: sequences) }
    return tables(places: sequences.placeCount)
  }

  /// Rows for so many places, if they are computed.
  func tables(places: Int) -> RotaryTables {
    switch source {
    case .stored(let tables): tables
    case .computed(let tables): tables.tables(places: places)
    case .paced(let tables): tables.tables(places: places)
    }
  }
}
