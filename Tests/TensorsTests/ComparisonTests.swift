import TesseraTensors
import TesseraTestSupport
import Testing

/// The tests lean on these helpers, so each must be able to fail.
@Suite struct ComparisonTests {
  let tolerance = Tolerance(absolute: 0.1, relative: 0)

  @Test func `near numbers agree`() {
    #expect(disagreement([1, 2], [1.05, 2], tolerance) == nil)
  }

  @Test func `distant numbers, NaN, and missing numbers do not`() {
    #expect(disagreement([1, 2], [1, 2.2], tolerance) != nil)
    #expect(disagreement([1, .nan], [1, 2], tolerance) != nil)
    #expect(disagreement([1, .nan], [1, .nan], tolerance) != nil)
    #expect(disagreement([1], [1, 2], tolerance) != nil)
  }

  @Test func `a failed comparison is recorded`() {
    withKnownIssue { expectNear(Tensor([1], shape: [1]), Tensor([2], shape: [1])) }
    withKnownIssue { expectNear(Tensor([1], shape: [1]), Tensor([1], shape: [1, 1])) }
  }
}
