import TesseraTensors
import TesseraTestSupport
import Testing

/// Feed-forward layers in one piece, beside their operations one after the other: the same bits.
@Suite struct FeedForwardTests {
  private func weights(
    _ sizes: [Int], _ inputs: Int, _ precision: Arithmetic, seed: UInt64
  ) -> LinearWeights {
    let weights = LinearWeights(
      stacking: sizes.enumerated().map { index, outputs in
        let weight = Tensor.random([outputs, inputs], seed: seed + UInt64(index))
        return LinearWeights(StoredMatrix(weight.stored), precision: precision, for: .simd)
      })
    // Used twice, they are in memory.
    for _ in 0..<2 { _ = Tensor.random([1, inputs], seed: 1).linear(weights) }
    return weights
  }

  /// Strips enough for the threads of any machine.
  private var hidden: Int { 384 * 2 * Parallel.threadCount + 100 }

  @Test(arguments: [Arithmetic.bfloat16, .int8], Activation.allCases)
  func `the hidden stage as words`(precision: Arithmetic, activation: Activation) throws {
    let x = Tensor.random([203, 40], seed: 2)
    let (up, down) = (
      weights([hidden], 40, precision, seed: 3), weights([70], hidden, precision, seed: 4)
    )
    let (upBias, downBias) = (Tensor.random([hidden], seed: 5), Tensor.random([70], seed: 6))
    let residual = Tensor.random([203, 70], seed: 7)
    let together = try #require(
      x.feedForward(
        up, bias: upBias, activation, down, bias: downBias, adding: residual))
    let apart = x.linear(up, bias: upBias, activation: activation)
      .linear(down, bias: downBias, adding: residual)
    #expect(together.elements == apart.elements)
    let alone = try #require(
      x.rows(99..<100).feedForward(
        up, bias: upBias, activation, down, bias: downBias, adding: residual.rows(99..<100)))
    #expect(alone.elements == apart.rows(99..<100).elements)
  }

  @Test func `float32 goes one by one`() {
    let x = Tensor.random([9, 40], seed: 2)
    let (up, down) = (
      weights([hidden], 40, .float32, seed: 3), weights([70], hidden, .float32, seed: 4)
    )
    #expect(x.feedForward(up, bias: nil, .gelu, down, bias: nil, adding: nil) == nil)
  }

  @Test(
    arguments: [Arithmetic.float32, .bfloat16, .int8, .int4], [Activation.silu, .gelu, .tanhGELU])
  func `gates panel by panel`(precision: Arithmetic, activation: Activation) throws {
    let hidden = 130
    let x = Tensor.random([203, 40], seed: 2)
    let both = weights([hidden, hidden], 40, precision, seed: 3)
    let bias = Tensor.random([2 * hidden], seed: 5)
    let together = try #require(x.gated(both, bias: bias, by: activation))
    #expect(
      together.elements == x.linear(both, bias: bias).gated(by: activation).elements)
  }
}
