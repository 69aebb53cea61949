import Checkpoints
import Tensors

/// x·Wᵀ + b: [T, inputs] → [T, outputs]. PyTorch's `nn.Linear`.
package struct Linear: Sendable {
  package let path: String
  /// [outputs, inputs]
  package let weight: Tensor
  /// [outputs]
  package let bias: Tensor?

  package init(path: String, weight: Tensor, bias: Tensor?) {
    self.path = path
    self.weight = weight
    self.bias = bias
  }

  package init(_ weights: Weights, inputs: Int, outputs: Int, hasBias: Bool = true) throws {
    self.init(
      path: weights.path,
      weight: try weights.tensor("weight", shape: [outputs, inputs]).widened(),
      bias: hasBias ? try weights.tensor("bias", shape: [outputs]).widened() : nil)
  }

  /// One product in place of several of the same input: outputs stand side by side.
  ///
  /// A part without bias gets zeros.
  package init(stacking parts: [Linear], path: String) {
    let hasBias = parts.contains { $0.bias != nil }
    self.init(
      path: path,
      weight: .concatenating(parts.map(\.weight)),
      bias: hasBias
        ? .concatenating(
          parts.map { $0.bias ?? Tensor(zeros: [$0.weight.rowCount]) })
        : nil)
  }

  package func callAsFunction(_ x: Tensor, activation: Activation? = nil) -> Tensor {
    x.linear(weight: weight, bias: bias, activation: activation)
  }
}
