import Kernels

/// What this machine can do at most, measured here and now, with as many threads as compute.
package struct MachineLimits: Sendable {
  /// Operations a second of products in a precision, multiplications and additions apart.
  package let operationsPerSecond: Double
  /// Bytes a second read from memory.
  package let bytesPerSecond: Double

  /// Measures both, for a fifth of a second in all.
  package init(_ precision: Arithmetic) {
    let table = KernelTable.active
    let format: WeightFormat =
      switch precision {
      case .float32: .f32
      case .bfloat16: .bf16Pairs
      case .int8: .int8Quads
      }
    let threads = Parallel.threadCount
    operationsPerSecond = Self.best(of: 4) {
      let counts = Parallel.map(threads) { _ in
        Scratch.with(floats: 512) { words -> Int in
          words.update(repeating: 0, count: 512)
          return table.peak(format, 400_000, words)
        }
      }
      return Double(counts.reduce(0, +))
    }
    // More than the caches hold.
    let numbers = Tensor(zeros: [1 << 25])
    bytesPerSecond = numbers.withElements { numbers in
      let part = numbers.count / threads
      return Self.best(of: 4) {
        Parallel.forEach(threads) { thread in
          if let start = numbers.baseAddress { _ = table.maximum(start + thread * part, part) }
        }
        return Double(part * threads * MemoryLayout<Float>.stride)
      }
    }
  }

  /// The highest rate of what `body` says that it has done.
  private static func best(of runs: Int, _ body: () -> Double) -> Double {
    (0..<runs).reduce(0) { best, _ in
      let clock = ContinuousClock()
      var amount = 0.0
      let time = clock.measure { amount = body() }
      return max(best, amount / (time / .seconds(1)))
    }
  }
}
