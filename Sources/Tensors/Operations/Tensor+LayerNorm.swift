import TesseraKernels

/// Scale and shift of a layer normalisation.
package struct LayerNormWeights: Sendable {
  package let weight: Tensor  // [C]
  package let bias: Tensor  // [C]
  package let epsilon: Float

  package init(weight: Tensor, bias: Tensor, epsilon: Float) {
    precondition(
      weight.shape.count == 1 && weight.shape == bias.shape,
      "a norm of \(weight.shape) and \(bias.shape)")
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }

  /// One row in place.
  func normalize(_ row: UnsafeMutablePointer<Float>, count: Int, _ table: KernelTable) {
    normalize(UnsafePointer(row), adding: nil, into: row, count: count, table)
  }

  /// One row of x, or of x + residual.
  func normalize(
    _ x: UnsafePointer<Float>, adding residual: UnsafePointer<Float>?,
    into out: UnsafeMutablePointer<Float>, count: Int, _ table: KernelTable
  ) {
    precondition(weight.shape == [count], "a norm of \(weight.shape) for rows of \(count)")
    weight.withElements { weight in
      bias.withElements { bias in
        guard let weight = weight.baseAddress, let bias = bias.baseAddress else { return }
        table.layerNorm(
          LayerNormRow(
            x: x, residual: residual, weight: weight, bias: bias, epsilon: epsilon, out: out,
            count: count))
      }
    }
  }
}

extension Tensor {
  /// Layer normalisation over the last dimension of self, or of self + residual:
  /// (x − mean) / √(variance + ε) · weight + bias. [T, C] → [T, C].
  ///
  /// Ba et al., "Layer Normalization"; the variance is the mean square deviation, as in PyTorch.
  package func layerNorm(_ norm: LayerNormWeights, adding residual: Tensor? = nil) -> Tensor {
    let width = shape.last ?? 0
    precondition(
      residual.map { $0.shape == shape } ?? true, "\(shape) + \(residual?.shape ?? [])")
    guard width > 0 else { return self }
    let table = KernelTable.active
    return Tensor(shape: shape) { out in
      withElements { x in
        (residual ?? self).withElements { other in
          guard let x = x.baseAddress, let out = out.baseAddress else { return }
          let other = residual == nil ? nil : other.baseAddress
          Parallel.forEachRange(elementCount / width, minimum: 8) { rows in
            for row in rows {
              norm.normalize(
                x + row * width, adding: other.map { $0 + row * width }, into: out + row * width,
                count: width, table)
            }
          }
        }
      }
    }
  }
}
