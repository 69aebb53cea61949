/// Activation functions of feed-forward layers, under the names that checkpoints' configs use.
package enum Activation: String, Sendable, CaseIterable {
  /// x·Φ(x), by the error function: x/2 · (1 + erf(x/√2)).
  case gelu
  /// x·σ(1.702 x), as in OpenAI's CLIP.
  case quickGELU = "quick_gelu"
  /// max(x, 0).
  case relu

  /// Applies the function in place.
  func apply(to elements: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .gelu: elements.transform { 0.5 * $0 * (1 + errorFunction($0 * 0.707_106_77)) }
    case .quickGELU: elements.transform { $0 * logistic(1.702 * $0) }
    case .relu: elements.transform { $0.replacing(with: 0, where: $0 .< 0) }
    }
  }
}

extension Tensor {
  package func activated(_ activation: Activation) -> Tensor {
    Tensor(shape: shape) { out in
      withElements { _ = out.initialize(from: $0) }
      Parallel.forEachRange(out.count, minimum: 1 << 14) {
        activation.apply(to: UnsafeMutableBufferPointer(rebasing: out[$0]))
      }
    }
  }

  /// silu(gate) · up, from a matrix that holds both side by side: [T, 2C] → [T, C].
  ///
  /// silu(x) = x·σ(x); the gated feed-forward of Shazeer, "GLU Variants Improve Transformer".
  package func swiGLU() -> Tensor {
    precondition(shape.count == 2 && shape[1].isMultiple(of: 2), "SwiGLU of \(shape)")
    let rows = shape[0]
    let width = shape[1] / 2
    return Tensor(shape: [rows, width]) { out in
      withElements { x in
        Parallel.forEachRange(rows, minimum: 8) { range in
          for row in range {
            let target = UnsafeMutableBufferPointer(
              rebasing: out[row * width..<(row + 1) * width])
            let gateAndUp = x[row * 2 * width..<(row + 1) * 2 * width]
            _ = target.initialize(fromContentsOf: gateAndUp.prefix(width))
            target.transform { $0 * logistic($0) }
            target.multiply(by: UnsafeBufferPointer(rebasing: gateAndUp.suffix(width)))
          }
        }
      }
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  fileprivate func multiply(by other: UnsafeBufferPointer<Float>) {
    for i in 0..<count { self[i] *= other[i] }
  }
}
