import TesseraKernels
import TesseraTensors

/// One kernel at one size, beside its plain twin and, where it has it, OpenBLAS.
///
/// ```swift
/// for benchmark in KernelBenchmark.all {
///   try benchmark.verify()
///   print(benchmark.name, benchmark.operations)
///   benchmark.run()
/// }
/// ```
public struct KernelBenchmark: Sendable {
  /// Such as `product float32 [128, 768] · [3072, 768]ᵀ`.
  public let name: String
  /// Multiplications and additions of a product; 0 for other kernels.
  public let operations: Double
  /// Bytes that must be read or written once.
  public let bytes: Double
  /// The arithmetic unit that sets the limit: float32, bfloat16 or int8.
  public let precision: String
  /// The largest difference from the twin that rounding explains.
  let tolerance: Float
  let kernel: @Sendable () -> Tensor
  let naive: @Sendable () -> Tensor
  let openBLAS: (@Sendable () -> Tensor)?

  /// Runs the kernel once, on all threads.
  public func run() { _ = kernel() }

  /// Runs the plain twin once.
  public func runNaive() { _ = naive() }

  /// Whether OpenBLAS computes the same.
  public var hasOpenBLAS: Bool { openBLAS != nil }

  /// Runs OpenBLAS once; nothing where it has no such function.
  public func runOpenBLAS() { _ = openBLAS?() }

  /// Compares the kernel, and OpenBLAS, with the plain twin.
  ///
  /// - Throws: `KernelMismatch`.
  public func verify() throws(KernelMismatch) {
    let expected = naive()
    let candidates = [("the kernel", kernel)] + (openBLAS.map { [("OpenBLAS", $0)] } ?? [])
    for (candidate, compute) in candidates {
      let found = compute()
      for (index, (x, y)) in zip(found.elements, expected.elements).enumerated()
      where !(abs(x - y) <= tolerance * max(1, abs(y))) {
        throw KernelMismatch(
          benchmark: name, candidate: candidate, index: index, expected: y, found: x)
      }
    }
  }
}

/// A kernel whose result is not that of its plain twin.
public struct KernelMismatch: Error, CustomStringConvertible {
  let benchmark: String
  let candidate: String
  let index: Int
  let expected: Float
  let found: Float

  /// One line.
  public var description: String {
    "\(benchmark): \(candidate) gives \(found) at element \(index), its twin \(expected)"
  }
}
