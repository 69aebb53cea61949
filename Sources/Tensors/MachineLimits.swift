import TesseraKernels

/// What this machine can do at most, measured here and now, with as many threads as compute.
package struct MachineLimits: Sendable {
  /// Operations a second of products in a precision, multiplications and additions apart.
  package let operationsPerSecond: Double
  /// Bytes a second read from memory.
  package let bytesPerSecond: Double

  /// Measures both, for some tenths of a second.
  package init(_ precision: Arithmetic) {
    let table = KernelTable.active
    let format: WeightFormat =
      switch precision {
      case .float32, .bfloat16Weights: .f32
      case .bfloat16: .bf16Pairs
      case .int8, .int4: .int8Quads
      }
    let threads = Parallel.threadCount
    operationsPerSecond = Self.best {
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
      return Self.best {
        Parallel.forEach(threads) { thread in
          if let start = numbers.baseAddress { _ = table.maximum(start + thread * part, part) }
        }
        return Double(part * threads * MemoryLayout<Float>.stride)
      }
    }
  }

  /// The highest rate of what `body` says that it has done, once so many runs in a row were no
  /// faster: a thread that is still asleep, or a neighbour on the machine, would halve a limit.
  private static func best(_ body: () -> Double) -> Double {
    let (patience, most) = (12, 100)
    let clock = ContinuousClock()
    var (best, runs, lastGain) = (0.0, 0, 0)
    while runs < most && runs - lastGain < patience {
      runs += 1
      var amount = 0.0
      let time = clock.measure { amount = body() }
      let rate = amount / (time / .seconds(1))
      if rate > 1.002 * best { lastGain = runs }
      best = max(best, rate)
    }
    return best
  }
}
