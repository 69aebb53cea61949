import TesseraCheckpoints
import TesseraTensors

/// Root mean square normalisation with a learned scale: [T, C] → [T, C].
package struct RMSNorm: Sendable {
  package let path: String
  package let parameters: RMSNormWeights

  /// - Parameter isOffset: whether the checkpoint holds w where the scale is 1 + w, as Gemma's does.
  package init(_ weights: Weights, width: Int, epsilon: Float, isOffset: Bool = false) throws {
    path = weights.path
    let weight = try weights.tensor("weight", shape: [width]).widened()
    parameters = RMSNormWeights(
      weight: isOffset ? Tensor(weight.elements.map { 1 + $0 }, shape: [width]) : weight,
      epsilon: epsilon)
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    Profile.measure(.norm, path, .moving(floats: x.elementCount * 2)) { x.rmsNorm(parameters) }
  }
}
