import TesseraTensors

/// One layer of a stack: its tokens meet, then each goes on by itself.
///
/// Post-norm or pre-norm, the attention needs all tokens of a sequence, and what follows it none but
/// its own.
package protocol EncoderLayer: Sendable {
  /// Whether the weights that `finish` reads are packed in memory.
  var isResident: Bool { get }

  /// The attention, before its output projection: [T, C] → [T, H·D].
  ///
  /// - Parameter rows: one token of each sequence, whose result alone is wanted: → [B, H·D].
  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor

  /// What follows, each token by itself: the layer's input [T, C] and the attention's result
  /// [T, H·D] → [T, C].
  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor
}

extension EncoderLayer {
  /// [T, C] → [T, C].
  ///
  /// - Parameter rows: one token of each sequence, whose result alone is wanted: → [B, C].
  package func callAsFunction(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    let context = meet(x, in: sequences, keeping: rows, trace: trace)
    return .inRowBlocks(
      rows.map(x.rows(at:)) ?? x, context, weightsAreResident: isResident, trace: trace, finish)
  }
}

extension Array where Element: EncoderLayer {
  /// One layer after the other: [T, C] → [T, C].
  ///
  /// - Parameters:
  ///   - rows: one token of each sequence, if no other is wanted: → [B, C]. The last layer, and what
  ///     comes after, compute only these, unless a trace wants to see all.
  ///   - after: what else becomes of each token by itself, such as the norm behind pre-norm layers.
  /// - Throws: `CancellationError` between two layers.
  package func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?,
    after: (Tensor) -> Tensor = { $0 }
  ) throws -> Tensor {
    let computed = isEmpty || trace.seesAllTokens ? nil : rows
    var x = x
    for (index, layer) in enumerated() {
      try Task.checkCancellation()
      x = layer(x, in: sequences, keeping: index == count - 1 ? computed : nil, trace: trace)
    }
    x = after(x)
    guard let rows, computed == nil else { return x }
    return x.rows(at: rows)
  }
}
