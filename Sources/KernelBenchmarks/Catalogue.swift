import TesseraKernels
import TesseraTensors

extension KernelBenchmark {
  /// Every kernel at the sizes of text encoders of width 768 and 1,024, and of an image tower of width 768.
  public static var all: [KernelBenchmark] {
    let sizes = [
      (16, 768, 768), (128, 768, 768), (128, 768, 3072), (128, 3072, 768), (128, 1024, 4096),
      (1024, 1024, 1024),
    ]
    var benchmarks: [KernelBenchmark] = []
    for precision in Arithmetic.allCases where isAvailable(precision) {
      benchmarks += sizes.map {
        product(rows: $0.0, inputs: $0.1, outputs: $0.2, precision)
      }
    }
    for precision in [Arithmetic.float32, .bfloat16] where isAvailable(precision) {
      benchmarks += [16, 128, 512, 2048].map { attention(tokens: $0, precision) }
    }
    return benchmarks + [
      layerNorm(rows: 128, width: 768), activation(.gelu, rows: 128, width: 3072),
      activation(.quickGELU, rows: 128, width: 3072), swiGLU(rows: 197, width: 2048),
      rotation(tokens: 197), softmax(rows: 1536, width: 128), widening(rows: 768, width: 3072),
    ]
  }

  private static func isAvailable(_ precision: Arithmetic) -> Bool {
    precision != .bfloat16 || KernelTable.active.instructionSet.hasBF16
  }

  private static func product(
    rows: Int, inputs: Int, outputs: Int, _ precision: Arithmetic
  ) -> KernelBenchmark {
    let x = madeUp([rows, inputs])
    let stored = StoredMatrix(madeUp([outputs, inputs], scale: 0.05).stored)
    let packed = LinearWeights(stored, precision: precision, for: .simd)
    let plain = LinearWeights(stored, for: .naive)
    let blas = LinearWeights(stored, for: .blas)
    // Rounding of n numbers to so many bits adds up as √n.
    let step: Float =
      switch precision {
      case .float32: 1e-6
      case .bfloat16, .bfloat16Weights: 0.05 / 128
      case .int8: 0.05 / 64
      case .int4: 0.05 / 8
      }
    return KernelBenchmark(
      name: "product \(precision.rawValue) [\(rows), \(inputs)] · [\(outputs), \(inputs)]ᵀ",
      operations: 2 * Double(rows) * Double(inputs) * Double(outputs),
      bytes: Double(packed.byteCount + 4 * rows * (inputs + outputs)),
      precision: precision.rawValue, tolerance: 4 * step * Float(inputs).squareRoot(),
      kernel: { x.linear(packed) }, naive: { x.linear(plain) }, openBLAS: { x.linear(blas) })
  }

  private static func attention(tokens: Int, _ precision: Arithmetic) -> KernelBenchmark {
    @Sendable func shape(_ precision: Arithmetic) -> AttentionShape {
      AttentionShape(heads: 12, headWidth: 64, scale: 0.125, precision: precision)
    }
    let qkv = madeUp([tokens, 3 * 768])
    let sequences = PackedSequences(lengths: [tokens])
    return KernelBenchmark(
      name: "attention \(precision.rawValue) \(tokens) tokens, 12 heads of 64",
      operations: 4 * Double(tokens * tokens * 768), bytes: Double(4 * tokens * 4 * 768),
      precision: precision.rawValue, tolerance: precision == .float32 ? 1e-5 : 0.01,
      kernel: { qkv.attention(shape(precision), in: sequences, by: .simd) },
      naive: { qkv.attention(shape(.float32), in: sequences, by: .naive) },
      openBLAS: { qkv.attention(shape(.float32), in: sequences, by: .blas) })
  }

  private static func layerNorm(rows: Int, width: Int) -> KernelBenchmark {
    let (x, residual) = (madeUp([rows, width]), madeUp([rows, width], scale: 0.5))
    let norm = LayerNormWeights(
      weight: madeUp([width]), bias: madeUp([width]), epsilon: 1e-5)
    return moving(
      "x + residual, LayerNorm [\(rows), \(width)]", floats: 3 * rows * width,
      kernel: { x.layerNorm(norm, adding: residual) },
      naive: { Naive.layerNorm(x, adding: residual, norm) })
  }

  private static func activation(
    _ function: Activation, rows: Int, width: Int
  ) -> KernelBenchmark {
    let x = madeUp([rows, width], scale: 3)
    return moving(
      "\(function.rawValue) [\(rows), \(width)]", floats: 2 * rows * width,
      kernel: { x.activated(function) }, naive: { Naive.activated(x, function) })
  }

  private static func swiGLU(rows: Int, width: Int) -> KernelBenchmark {
    let both = madeUp([rows, 2 * width], scale: 2)
    return moving(
      "SwiGLU [\(rows), \(2 * width)]", floats: 3 * rows * width,
      kernel: { both.swiGLU() }, naive: { Naive.swiGLU(both) })
  }

  private static func rotation(tokens: Int) -> KernelBenchmark {
    let qkv = madeUp([tokens, 3 * 768])
    let (cosines, sines) = (madeUp([tokens - 1, 64]), madeUp([tokens - 1, 64], scale: 0.5))
    let shape = AttentionShape(heads: 12, headWidth: 64, scale: 0.125)
    let sequences = PackedSequences(lengths: [tokens])
    return moving(
      "rotary embedding \(tokens) tokens, 12 heads of 64", floats: 2 * qkv.elementCount,
      kernel: {
        qkv.rotated(
          by: RotaryTables(cosines: cosines, sines: sines, from: 1), shape, in: sequences)
      },
      naive: { Naive.rotated(qkv, cosines: cosines, sines: sines, shape) })
  }

  private static func softmax(rows: Int, width: Int) -> KernelBenchmark {
    let x = madeUp([rows, width], scale: 4)
    return moving(
      "softmax numerators [\(rows), \(width)]", floats: 2 * rows * width,
      kernel: { x.exponentiatedRows() }, naive: { Naive.exponentiatedRows(x) })
  }

  private static func widening(rows: Int, width: Int) -> KernelBenchmark {
    let halves = madeUp([rows, width]).elements.map { Float16($0) }
    let storage = halves.withUnsafeBytes { bytes in
      TensorStorage(byteCount: bytes.count) { $0.copyMemory(from: bytes) }
    }
    let stored = StoredTensor(dtype: .f16, shape: [rows, width], storage: storage)
    return KernelBenchmark(
      name: "widening F16 [\(rows), \(width)]", operations: 0, bytes: Double(6 * rows * width),
      precision: "float32", tolerance: 0, kernel: { stored.widened() },
      naive: { Tensor(halves.map { Float($0) }, shape: [rows, width]) }, openBLAS: nil)
  }

  private static func moving(
    _ name: String, floats: Int, kernel: @escaping @Sendable () -> Tensor,
    naive: @escaping @Sendable () -> Tensor
  ) -> KernelBenchmark {
    KernelBenchmark(
      name: name, operations: 0, bytes: Double(4 * floats), precision: "float32",
      tolerance: 1e-5, kernel: kernel, naive: naive, openBLAS: nil)
  }

  /// Numbers between −scale and scale, the same at every run.
  private static func madeUp(_ shape: [Int], scale: Float = 1) -> Tensor {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    return Tensor(
      (0..<shape.reduce(1, *)).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return scale * (Float(state >> 40) / Float(1 << 23) - 1)
      }, shape: shape)
  }
}
