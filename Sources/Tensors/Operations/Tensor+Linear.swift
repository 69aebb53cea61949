import TesseraKernels

extension Tensor {
  /// x·Wᵀ + b, then an activation, then a residual added: [T, K] · [N, K]ᵀ → [T, N].
  package func linear(
    _ weights: LinearWeights, bias: Tensor? = nil, activation: Activation? = nil,
    adding residual: Tensor? = nil
  ) -> Tensor {
    precondition(
      shape.count == 2 && shape[1] == weights.inputs,
      "\(shape) · [\(weights.outputs), \(weights.inputs)]ᵀ")
    precondition(
      bias.map { $0.shape == [weights.outputs] } ?? true,
      "a bias of \(bias?.shape ?? []) for \(weights.outputs) outputs")
    precondition(
      residual.map { $0.shape == [shape[0], weights.outputs] } ?? true,
      "a residual of \(residual?.shape ?? []) for \(shape[0]) × \(weights.outputs)")
    let packed = weights.parts.compactMap { part -> PackedMatrix? in
      if case .packed(let matrix) = part { matrix } else { nil }
    }
    if packed.count == weights.parts.count {
      return packedLinear(packed, outputs: weights.outputs, bias, activation, residual)
    }
    let out = plainLinear(weights, bias, activation)
    return residual.map { $0 + out } ?? out
  }

  /// Cuts the output into panels of columns and blocks of rows; each thread takes whole pieces.
  private func packedLinear(
    _ matrices: [PackedMatrix], outputs: Int, _ bias: Tensor?, _ activation: Activation?,
    _ residual: Tensor?
  ) -> Tensor {
    Tensor(shape: [shape[0], outputs]) { out in
      guard let c = out.baseAddress, let format = matrices.first?.format else { return }
      withRows(for: format) { a in
        a.multiply(
          ProductPieces(rows: shape[0], matrices), bias, activation, residual, into: c,
          stride: outputs)
      }
    }
  }
}

extension ActivationRows {
  /// x·Wᵀ + b, then an activation, then a residual added, for rows that are words already and
  /// weights in memory.
  func linear(
    _ parts: [(matrix: PackedMatrix, panels: TensorStorage)], rows: Int, bias: Tensor?,
    activation: Activation?, adding residual: Tensor?
  ) -> Tensor {
    let outputs = parts.reduce(0) { $0 + $1.matrix.outputs }
    return Tensor(shape: [rows, outputs]) { out in
      guard let c = out.baseAddress else { return }
      multiply(
        ProductPieces(rows: rows, parts.map { ($0.matrix, .resident($0.panels)) }), bias,
        activation, residual, into: c, stride: outputs)
    }
  }

  fileprivate func multiply(
    _ pieces: ProductPieces, _ bias: Tensor?, _ activation: Activation?, _ residual: Tensor?,
    into c: UnsafeMutablePointer<Float>, stride: Int
  ) {
    withOptionalElements(bias) { bias in
      withOptionalElements(residual) { residual in
        let output = ProductOutput(
          c: c, stride: stride, bias: bias, epilogue: activation?.epilogue ?? .none,
          residual: residual)
        Parallel.forEach(pieces.count) { pieces.compute($0, self, output) }
      }
    }
  }
}

func withOptionalElements<Result>(
  _ tensor: Tensor?, _ body: (UnsafePointer<Float>?) throws -> Result
) rethrows -> Result {
  guard let tensor else { return try body(nil) }
  return try tensor.withElements { try body($0.baseAddress) }
}
