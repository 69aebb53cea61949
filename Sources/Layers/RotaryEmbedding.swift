import TesseraCheckpoints
import TesseraTensors

/// The angles by which queries and keys turn, one row a token.
///
/// The checkpoint's own buffers are used, as the reference does: stored as fp16 they differ
/// from the formula by up to 2.4e-4.
package struct RotaryEmbedding: Sendable {
  let tables: RotaryTables

  /// - Parameter firstToken: that of the first row; those before it, such as a class token, stay.
  package init(
    _ weights: Weights, rows: Int, headWidth: Int, from firstToken: Int = 0
  ) throws {
    let shape = [rows, headWidth]
    tables = RotaryTables(
      cosines: try weights.tensor("freqs_cos", shape: shape).widened(),
      sines: try weights.tensor("freqs_sin", shape: shape).widened(),
      from: firstToken)
  }

  func callAsFunction(
    _ qkv: Tensor, _ shape: AttentionShape, in sequences: PackedSequences
  ) -> Tensor {
    qkv.rotated(by: tables, shape, in: sequences)
  }
}
