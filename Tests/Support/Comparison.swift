import TesseraTensors
import Testing

/// How far two lists of numbers may be apart: |a − b| ≤ absolute + relative·|b|.
package struct Tolerance: Sendable {
  package let absolute: Float
  package let relative: Float

  package init(absolute: Float, relative: Float) {
    self.absolute = absolute
    self.relative = relative
  }

  /// For activations, against PyTorch.
  package static let activation = Tolerance(absolute: 1e-5, relative: 1e-4)
  /// For vectors of length 1, against PyTorch.
  package static let embedding = Tolerance(absolute: 2e-6, relative: 0)
  /// For an item in a batch, against the same item alone: to the bit with our own kernels, while
  /// BLAS may take another kernel for another number of rows.
  package static let batch = Tolerance(
    absolute: ProductCode.current == .simd ? 0 : 5e-7, relative: 0)
  /// For one operation, against its naive twin.
  package static let operation = Tolerance(absolute: 1e-5, relative: 1e-5)
}

/// The worst disagreement of two lists; nil where all numbers are near enough.
///
/// NaN is never near anything.
package func disagreement(
  _ actual: [Float], _ expected: [Float], _ tolerance: Tolerance
) -> String? {
  guard actual.count == expected.count else {
    return "\(actual.count) numbers, expected \(expected.count)"
  }
  var worst: (index: Int, excess: Float)?
  for (i, (a, b)) in zip(actual, expected).enumerated() {
    let excess = abs(a - b) - (tolerance.absolute + tolerance.relative * abs(b))
    if excess.isNaN { return "at \(i): \(a), expected \(b)" }
    if excess > (worst?.excess ?? 0) { worst = (i, excess) }
  }
  return worst.map { "worst at \($0.index): \(actual[$0.index]), expected \(expected[$0.index])" }
}

/// Expects a tensor to be near the expected one, in shape and in every element.
package func expectNear(
  _ actual: Tensor, _ expected: Tensor, _ tolerance: Tolerance = .operation,
  _ name: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.shape == expected.shape, "\(name)", sourceLocation: sourceLocation)
  let difference = disagreement(actual.elements, expected.elements, tolerance)
  #expect(difference == nil, "\(name)", sourceLocation: sourceLocation)
}

extension Tensor {
  /// Numbers between −scale and scale.
  package static func random(_ shape: [Int], seed: UInt64, scale: Float = 1) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return Tensor(
      (0..<shape.reduce(1, *)).map { _ in Float.random(in: -scale...scale, using: &generator) },
      shape: shape)
  }
}
