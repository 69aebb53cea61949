import Kernels

extension Tensor {
  /// Layer normalisation over the last dimension of self, or of self + residual:
  /// (x − mean) / √(variance + ε) · weight + bias. [T, C] → [T, C].
  ///
  /// Ba et al., "Layer Normalization"; the variance is the mean square deviation, as in PyTorch.
  package func layerNorm(
    adding residual: Tensor? = nil, weight: Tensor, bias: Tensor, epsilon: Float
  ) -> Tensor {
    let width = shape.last ?? 0
    precondition(
      weight.shape == [width] && bias.shape == [width]
        && (residual.map { $0.shape == shape } ?? true),
      "LayerNorm \(weight.shape), \(bias.shape) of \(shape) + \(residual?.shape ?? [])")
    guard width > 0 else { return self }
    let kernel = KernelTable.active.layerNorm
    return Tensor(shape: shape) { out in
      withElements { x in
        (residual ?? self).withElements { other in
          weight.withElements { weight in
            bias.withElements { bias in
              guard let x = x.baseAddress, let out = out.baseAddress,
                let weight = weight.baseAddress, let bias = bias.baseAddress
              else { return }
              let other = residual == nil ? nil : other.baseAddress
              Parallel.forEachRange(elementCount / width, minimum: 8) { rows in
                for row in rows {
                  kernel(
                    LayerNormRow(
                      x: x + row * width, residual: other.map { $0 + row * width },
                      weight: weight, bias: bias, epsilon: epsilon, out: out + row * width,
                      count: width))
                }
              }
            }
          }
        }
      }
    }
  }
}
