import Checkpoints
import Tensors

/// The angles by which EVA02 turns queries and keys, one row a patch.
///
/// The checkpoint's own buffers are used, as the reference does: stored as fp16 they differ from
/// the formula by up to 2.4e-4.
package struct RotaryEmbedding: Sendable {
  private let cosines: Tensor  // [P, D]
  private let sines: Tensor  // [P, D]

  package init(_ weights: Weights, patches: Int, headWidth: Int) throws {
    cosines = try weights.tensor("freqs_cos", shape: [patches, headWidth]).widened()
    sines = try weights.tensor("freqs_sin", shape: [patches, headWidth]).widened()
  }

  func callAsFunction(
    _ qkv: Tensor, _ shape: AttentionShape, in sequences: PackedSequences
  ) -> Tensor {
    qkv.rotated(cosines: cosines, sines: sines, shape, in: sequences)
  }
}
