/// How long a kernel takes, and its twins.
public struct KernelMeasurement: Sendable {
  /// What was measured.
  public let benchmark: KernelBenchmark
  /// Medians, in seconds.
  public let seconds: Double
  /// Of the plain twin.
  public let naiveSeconds: Double
  /// Nil where OpenBLAS has no such function.
  public let openBLASSeconds: Double?

  /// Verifies, then times all in turn: each once to warm up, then for `duration` seconds, at least
  /// three times (the plain twin once).
  ///
  /// - Throws: `KernelMismatch`.
  public init(_ benchmark: KernelBenchmark, duration: Double) throws(KernelMismatch) {
    try benchmark.verify()
    self.benchmark = benchmark
    seconds = Self.median(duration, benchmark.run)
    openBLASSeconds = benchmark.hasOpenBLAS ? Self.median(duration, benchmark.runOpenBLAS) : nil
    naiveSeconds = Self.time(benchmark.runNaive)
  }

  private static func median(_ duration: Double, _ body: () -> Void) -> Double {
    body()
    var times: [Double] = []
    while times.count < 3 || times.reduce(0, +) < duration { times.append(time(body)) }
    times.sort()
    return times[times.count / 2]
  }

  private static func time(_ body: () -> Void) -> Double {
    ContinuousClock().measure(body) / .seconds(1)
  }

  /// Operations a second in 10⁹; 0 for what is no product.
  public var gigaflops: Double { benchmark.operations / seconds / 1e9 }
  /// Bytes a second in 10⁹.
  public var gigabytes: Double { benchmark.bytes / seconds / 1e9 }
}
