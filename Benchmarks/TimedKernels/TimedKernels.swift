// Each kernel by itself, and OpenBLAS on the same numbers, after both were compared with their plain
// twin.
import Benchmark
import TesseraKernelBenchmarks

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock], warmupIterations: 3, maxDuration: .seconds(1))
  for kernel in KernelBenchmark.all {
    Benchmark(kernel.name) { benchmark in
      for _ in benchmark.scaledIterations { kernel.run() }
    } setup: {
      try kernel.verify()
    }
    if kernel.hasOpenBLAS {
      Benchmark("\(kernel.name), OpenBLAS") { benchmark in
        for _ in benchmark.scaledIterations { kernel.runOpenBLAS() }
      }
    }
  }
}
