import TesseraCheckpoints
import TesseraTensors

/// The angles by which queries and keys turn, one row a token.
package struct RotaryEmbedding: Sendable {
  private let source: Source

  private enum Source: Sendable {
    case stored(RotaryTables)
    case computed(GrowingRotaryTables)
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

  /// Computed, the halves of a head turning together. Layers of the same frequencies share one.
  package init(_ frequencies: RotaryFrequencies) {
    source = .computed(GrowingRotaryTables(frequencies))
  }

  /// Rows for each token of some sequences.
  func tables(for sequences: PackedSequences) -> RotaryTables {
    tables(places: sequences.ranges.map(\.count).max() ?? 0)
  }

  /// Rows for so many places, if they are computed.
  func tables(places: Int) -> RotaryTables {
    switch source {
    case .stored(let tables): tables
    case .computed(let tables): tables.tables(places: places)
    }
  }
}
