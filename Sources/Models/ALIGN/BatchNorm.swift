import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// A batch norm behind a convolution, which at inference is a factor and a shift for each channel and
/// becomes part of it: γ/√(σ² + ε) and β − μ·γ/√(σ² + ε).
struct BatchNorm: Sendable {
  private let factors: [Double]
  /// [C]
  let bias: Tensor

  init(_ weights: Weights, _ channels: Int, _ epsilon: Float) throws {
    func numbers(_ name: String) throws -> [Double] {
      try weights.tensor(name, shape: [channels]).widened().elements.map(Double.init)
    }
    let variance = try numbers("running_var")
    let factors = zip(try numbers("weight"), variance).map {
      $0 / ($1 + Double(epsilon)).squareRoot()
    }
    let (shift, mean) = (try numbers("bias"), try numbers("running_mean"))
    self.factors = factors
    bias = Tensor(
      (0..<channels).map { Float(shift[$0] - mean[$0] * factors[$0]) }, shape: [channels])
  }

  /// A row for each channel, times its factor: [C, N] → [C, N].
  func scaling(_ weight: Tensor) -> Tensor {
    let width = weight.rowWidth
    return Tensor(
      weight.elements.enumerated().map { Float(Double($1) * factors[$0 / width]) },
      shape: [weight.rowCount, width])
  }
}

extension Linear {
  /// A convolution as a product of what its kernel covers, with the norm behind it.
  init(folding norm: BatchNorm, into convolution: Weights, shape: [Int]) throws {
    let weight = try convolution.tensor("weight", shape: shape).widened()
    let matrix = norm.scaling(weight.reshaped([shape[0], shape.dropFirst().reduce(1, *)]))
    self.init(path: convolution.path, weight: StoredMatrix(matrix.stored), bias: norm.bias)
  }
}
