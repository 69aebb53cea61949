import TesseraLayers
import TesseraTensors

/// One layer of a stack: attention, then a feed-forward, each with its norm and residual.
protocol EncoderLayer: Sendable {
  /// [T, C] → [T, C].
  ///
  /// - Parameter rows: one token of each sequence, whose result alone is wanted: → [B, C].
  func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor
}

extension Array where Element: EncoderLayer {
  /// One layer after the other: [T, C] → [T, C].
  ///
  /// - Parameter rows: one token of each sequence, if no other is wanted: → [B, C]. The last layer
  ///   computes only these, unless a trace wants to see all.
  /// - Throws: `CancellationError` between two layers.
  func encode(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    var x = x
    for (index, layer) in enumerated() {
      try Task.checkCancellation()
      let isLast = index == count - 1 && trace == nil
      x = layer(x, in: sequences, keeping: isLast ? rows : nil, trace: trace)
    }
    guard let rows, trace != nil || isEmpty else { return x }
    return x.rows(at: rows)
  }
}
