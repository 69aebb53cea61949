import TesseraCheckpoints
import TesseraTensors

/// The angles by which EVA02 turns queries and keys, one row a patch.
///
/// The checkpoint's own buffers are used, as the reference does: stored as fp16 they differ from
/// the formula by up to 2.4e-4.
package struct RotaryEmbedding: Sendable {
  let tables: RotaryTables

  package init(_ weights: Weights, patches: Int, headWidth: Int) throws {
    let shape = [patches, headWidth]
    tables = RotaryTables(
      cosines: try weights.tensor("freqs_cos", shape: shape).widened(),
      sines: try weights.tensor("freqs_sin", shape: shape).widened())
  }

  func callAsFunction(
    _ qkv: Tensor, _ shape: AttentionShape, in sequences: PackedSequences
  ) -> Tensor {
    qkv.rotated(by: tables, shape, in: sequences)
  }
}
