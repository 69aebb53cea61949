import TesseraKernels

/// The weights of a linear layer in the layout that suits the chosen kernels, or those of several
/// layers of the same input, side by side.
package struct LinearWeights: Sendable {
  package let inputs: Int
  package let outputs: Int
  let parts: [Part]

  enum Part: Sendable {
    case packed(PackedMatrix)
    /// [outputs, inputs], for BLAS or for plain loops.
    case plain(Tensor, ProductCode)
  }

  /// - Parameter code: for float32; other precisions are our own kernels' alone.
  package init(
    _ stored: StoredMatrix, precision: Arithmetic = .float32, for code: ProductCode = .current
  ) {
    (outputs, inputs) = (stored.outputs, stored.inputs)
    parts =
      code == .simd || precision != .float32
      ? [.packed(PackedMatrix(stored, precision, for: .active))]
      : [.plain(stored.widened(), code)]
  }

  /// Bytes that a product reads, as they are packed.
  package var byteCount: Int {
    parts.reduce(0) { sum, part in
      switch part {
      case .packed(let matrix): sum + matrix.panelCount * matrix.panelByteCount
      case .plain(let matrix, _): sum + matrix.elementCount * MemoryLayout<Float>.stride
      }
    }
  }

  /// Whether they stand in memory as products read them: from the second product on.
  package var areResident: Bool {
    parts.allSatisfy { if case .packed(let matrix) = $0 { matrix.panels != nil } else { true } }
  }

  /// The panels of all parts; nil if one is not packed in memory.
  var residentParts: [(matrix: PackedMatrix, panels: TensorStorage)]? {
    var resident: [(matrix: PackedMatrix, panels: TensorStorage)] = []
    for part in parts {
      guard case .packed(let matrix) = part, let panels = matrix.panels else { return nil }
      resident.append((matrix, panels))
    }
    return resident
  }

  /// One product in place of several of the same input; nothing is copied.
  package init(stacking layers: [LinearWeights]) {
    inputs = layers.first?.inputs ?? 0
    for layer in layers { precondition(layer.inputs == inputs, "inputs \(layer.inputs)") }
    outputs = layers.reduce(0) { $0 + $1.outputs }
    parts = layers.flatMap(\.parts)
  }
}
