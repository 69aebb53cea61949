import TesseraKernels

/// Activation functions of feed-forward layers, under the names that checkpoints' configs use.
package enum Activation: String, Sendable, CaseIterable {
  /// x·Φ(x), by the error function: x/2 · (1 + erf(x/√2)).
  case gelu
  /// x·σ(1.702 x), as OpenAI's image and text towers have it.
  case quickGELU = "quick_gelu"
  /// max(x, 0).
  case relu
  /// x·σ(x).
  case silu
  /// ½x(1 + tanh(√(2/π)(x + 0.044715 x³))), which three names of transformers stand for.
  case tanhGELU = "gelu_pytorch_tanh"
  case newGELU = "gelu_new"
  case fastGELU = "gelu_fast"

  /// The function behind a packed product.
  var epilogue: Epilogue {
    switch self {
    case .gelu: .gelu
    case .quickGELU: .quickGELU
    case .relu: .relu
    case .silu: .silu
    case .tanhGELU, .newGELU, .fastGELU: .tanhGELU
    }
  }

  /// The function in place, from the process's kernels.
  var kernel: KernelTable.InPlace {
    let table = KernelTable.active
    return switch self {
    case .gelu: table.gelu
    case .quickGELU: table.quickGELU
    case .relu: table.relu
    case .silu: table.silu
    case .tanhGELU, .newGELU, .fastGELU: table.tanhGELU
    }
  }
}

extension Activation {
  /// out ← activation(gate) · up.
  func gate(
    _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>, count: Int
  ) {
    let table = KernelTable.active
    guard self != .silu else { return table.swiGLU(gate, up, out, count) }
    out.update(from: gate, count: count)
    kernel(out, count)
    table.multiply(out, up, out, count)
  }
}

extension Tensor {
  package func activated(_ activation: Activation) -> Tensor {
    let kernel = activation.kernel
    return Tensor(shape: shape) { out in
      withElements { _ = out.initialize(from: $0) }
      guard let start = out.baseAddress else { return }
      Parallel.forEachRange(out.count, minimum: 1 << 14) {
        kernel(start + $0.lowerBound, $0.count)
      }
    }
  }

  /// activation(gate) · up, from a matrix that holds both side by side: [T, 2C] → [T, C].
  ///
  /// Shazeer, "GLU Variants Improve Transformer".
  package func gated(by activation: Activation) -> Tensor {
    precondition(shape.count == 2 && shape[1].isMultiple(of: 2), "a gated \(shape)")
    let (rows, width) = (shape[0], shape[1] / 2)
    return Tensor(shape: [rows, width]) { out in
      withElements { x in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEachRange(rows, minimum: 8) { range in
          for row in range {
            let (gate, target) = (x + row * 2 * width, out + row * width)
            activation.gate(gate, gate + width, into: target, count: width)
          }
        }
      }
    }
  }

  /// Layer normalisation of silu(gate) · up, from a matrix that holds both side by side:
  /// [T, 2C] → [T, C].
  ///
  /// silu(x) = x·σ(x); the gated feed-forward of Shazeer, "GLU Variants Improve Transformer", with
  /// EVA-02's norm. Without a norm, the product alone.
  package func swiGLU(normalizedBy norm: LayerNormWeights? = nil) -> Tensor {
    precondition(shape.count == 2 && shape[1].isMultiple(of: 2), "SwiGLU of \(shape)")
    let rows = shape[0]
    let width = shape[1] / 2
    let table = KernelTable.active
    return Tensor(shape: [rows, width]) { out in
      withElements { x in
        guard let x = x.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEachRange(rows, minimum: 8) { range in
          for row in range {
            let gate = x + row * 2 * width
            table.swiGLU(gate, gate + width, out + row * width, width)
            norm?.normalize(out + row * width, count: width, table)
          }
        }
      }
    }
  }
}
