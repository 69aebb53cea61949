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
      weight.shape == [width] && bias.shape == [width],
      "LayerNorm \(weight.shape), \(bias.shape) of \(shape)")
    guard width > 0 else { return self }
    let sum = residual.map { self + $0 } ?? self
    return Tensor(shape: shape) { out in
      sum.withElements { x in
        weight.withElements { weight in
          bias.withElements { bias in
            Parallel.forEachRange(x.count / width, minimum: 16) { rows in
              for row in rows {
                let span = row * width..<(row + 1) * width
                normalize(
                  UnsafeBufferPointer(rebasing: x[span]), weight, bias, epsilon,
                  into: UnsafeMutableBufferPointer(rebasing: out[span]))
              }
            }
          }
        }
      }
    }
  }
}

/// One row of a layer normalisation.
private func normalize(
  _ x: UnsafeBufferPointer<Float>, _ weight: UnsafeBufferPointer<Float>,
  _ bias: UnsafeBufferPointer<Float>, _ epsilon: Float,
  into out: UnsafeMutableBufferPointer<Float>
) {
  let count = Float(x.count)
  let mean = x.vectorSum { $0 } / count
  let variance = x.vectorSum { ($0 - mean) * ($0 - mean) } / count
  let scale = 1 / (variance + epsilon).squareRoot()
  for i in 0..<x.count { out[i] = (x[i] - mean) * scale * weight[i] + bias[i] }
}

extension UnsafeBufferPointer<Float> {
  /// Σ term(x), in eight interleaved partial sums: fast, and more accurate than one.
  @inline(__always)
  func vectorSum(_ term: (Vector) -> Vector) -> Float {
    guard let start = baseAddress.map(UnsafeRawPointer.init) else { return 0 }
    var sums = Vector.zero
    var i = 0
    while i + 8 <= count {
      sums += term(start.loadUnaligned(fromByteOffset: i * 4, as: Vector.self))
      i += 8
    }
    var total = sums.sum()
    while i < count {
      total += term(Vector(repeating: self[i]))[0]
      i += 1
    }
    return total
  }

  /// The largest element; −∞ where there is none.
  func vectorMaximum() -> Float {
    guard let start = baseAddress.map(UnsafeRawPointer.init) else { return -.infinity }
    var maxima = Vector(repeating: -.infinity)
    var i = 0
    while i + 8 <= count {
      let x = start.loadUnaligned(fromByteOffset: i * 4, as: Vector.self)
      maxima = maxima.replacing(with: x, where: x .> maxima)
      i += 8
    }
    var largest = maxima.max()
    while i < count {
      largest = Swift.max(largest, self[i])
      i += 1
    }
    return largest
  }
}
