import Kernels

/// The weights of a linear layer in the layout that suits the chosen kernels, or those of several
/// layers of the same input, side by side.
package struct LinearWeights: Sendable {
  package let inputs: Int
  package let outputs: Int
  let parts: [Part]

  enum Part: Sendable {
    case packed(PackedMatrix)
    /// [outputs, inputs], for BLAS or for plain loops.
    case plain(Tensor, KernelChoice)

    var outputs: Int {
      switch self {
      case .packed(let matrix): matrix.outputs
      case .plain(let matrix, _): matrix.rowCount
      }
    }
  }

  /// - Precondition: a floating-point matrix of [outputs, inputs].
  package init(_ stored: StoredTensor, for choice: KernelChoice = .current) {
    precondition(stored.shape.count == 2, "linear weights of \(stored.shape)")
    (outputs, inputs) = (stored.shape[0], stored.shape[1])
    parts =
      choice == .simd
      ? [.packed(PackedMatrix(stored, for: .active))] : [.plain(stored.widened(), choice)]
  }

  /// One product in place of several of the same input; nothing is copied.
  package init(stacking layers: [LinearWeights]) {
    inputs = layers.first?.inputs ?? 0
    for layer in layers { precondition(layer.inputs == inputs, "inputs \(layer.inputs)") }
    outputs = layers.reduce(0) { $0 + $1.outputs }
    parts = layers.flatMap(\.parts)
  }
}
