import TesseraCheckpoints
import TesseraTensors

/// Cuts a picture into square patches and projects each: [3, S, S] → [P, C].
///
/// PyTorch writes it as a convolution whose stride is its kernel's side; as patches do not
/// overlap, that is one product of [P, 3·side²] with the kernel.
package struct PatchEmbedding: Sendable {
  package let path: String
  private let projection: Linear
  private let side: Int

  package init(_ weights: Weights, side: Int, width: Int, hasBias: Bool) throws {
    let kernel = try weights.tensor("weight", shape: [width, 3, side, side])
    path = weights.path
    projection = Linear(
      path: path, weight: StoredMatrix(kernel.reshaped([width, 3 * side * side])),
      bias: hasBias ? try weights.tensor("bias", shape: [width]).widened() : nil)
    self.side = side
  }

  package func callAsFunction(_ pixels: Tensor) -> Tensor {
    projection(pixels.patches(side: side))
  }
}
