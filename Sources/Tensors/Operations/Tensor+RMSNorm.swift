import TesseraKernels

/// Scale of a root mean square normalisation.
package struct RMSNormWeights: Sendable {
  package let weight: Tensor  // [C]
  package let epsilon: Float

  package init(weight: Tensor, epsilon: Float) {
    precondition(weight.shape.count == 1, "a norm of \(weight.shape)")
    self.weight = weight
    self.epsilon = epsilon
  }

  /// Some rows as wide as the weight, one behind another, each by itself.
  func normalize(
    _ x: UnsafePointer<Float>, rows: Int = 1, into out: UnsafeMutablePointer<Float>
  ) {
    let width = weight.elementCount
    let kernel = KernelTable.active.rmsNorm
    weight.withElements { weight in
      guard let weight = weight.baseAddress else { return }
      for row in 0..<rows { kernel(x + row * width, weight, epsilon, out + row * width, width) }
    }
  }
}

extension Tensor {
  /// x / √(mean(x²) + ε) · weight over the last dimension: [T, C] → [T, C].
  ///
  /// Zhang and Sennrich, "Root Mean Square Layer Normalization".
  package func rmsNorm(_ norm: RMSNormWeights) -> Tensor {
    let width = shape.last ?? 0
    precondition(norm.weight.shape == [width], "a norm of \(norm.weight.shape) for \(shape)")
    guard width > 0 else { return self }
    return Tensor(shape: shape) { out in
      withElements { x in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEachRange(elementCount / width, minimum: 8) { rows in
          norm.normalize(
            x + rows.lowerBound * width, rows: rows.count, into: out + rows.lowerBound * width)
        }
      }
    }
  }
}
