import TesseraCheckpoints
import TesseraTensors

/// Layer normalisation with a learned scale and, but for some families, a shift: [T, C] → [T, C]. PyTorch's `nn.LayerNorm`.
package struct LayerNorm: Sendable {
  package let path: String
  package let parameters: LayerNormWeights

  package init(_ weights: Weights, width: Int, epsilon: Float, hasBias: Bool = true) throws {
    path = weights.path
    parameters = LayerNormWeights(
      weight: try weights.tensor("weight", shape: [width]).widened(),
      bias: hasBias
        ? try weights.tensor("bias", shape: [width]).widened() : Tensor(zeros: [width]),
      epsilon: epsilon)
  }

  /// Normalises x, or x + residual.
  package func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil) -> Tensor {
    Profile.measure(
      .norm, path, .moving(floats: x.elementCount * (residual == nil ? 2 : 3))
    ) {
      x.layerNorm(parameters, adding: residual)
    }
  }
}
