import TesseraCheckpoints
import TesseraTensors

/// Cuts a picture into square patches and projects each: [3, height, width] → [P, C].
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

  /// A layer whose inputs are a patch's pixels one by one, each with its three numbers.
  package init(pixelwise weights: Weights, side: Int, width: Int) throws {
    let count = side * side
    let matrix = try weights.tensor("weight", shape: [width, 3 * count]).widened()
    path = weights.path
    let kernel = (0..<width).flatMap { output in
      (0..<3).flatMap { channel in
        (0..<count).map { matrix.elements[output * 3 * count + $0 * 3 + channel] }
      }
    }
    projection = Linear(
      path: path, weight: StoredMatrix(StoredTensor(kernel, shape: [width, 3 * count])),
      bias: try weights.tensor("bias", shape: [width]).widened())
    self.side = side
  }

  /// A kernel over some frames of a film, for a picture that stands still: [C, 3, frames, side, side]
  /// summed over the frames.
  package init(still weights: Weights, frames: Int, side: Int, width: Int) throws {
    let count = side * side
    let kernel = try weights.tensor("weight", shape: [width, 3, frames, side, side]).widened()
    let values = kernel.elements
    path = weights.path
    let summed = (0..<width * 3).flatMap { row in
      (0..<count).map { pixel in
        (0..<frames).reduce(Float(0)) { $0 + values[(row * frames + $1) * count + pixel] }
      }
    }
    projection = Linear(
      path: path, weight: StoredMatrix(StoredTensor(summed, shape: [width, 3 * count])), bias: nil)
    self.side = side
  }

  /// [3, height, width] → [P, C]
  package func callAsFunction(_ pixels: Tensor) -> Tensor {
    projection(pixels.patches(side: side))
  }
}
