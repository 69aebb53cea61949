import TesseraTensors
import TesseraTestSupport
import Testing

/// Attention from the layer's input on, beside the same operations one after the other.
@Suite struct ProjectedAttentionTests {
  private let heads = 4
  private let width = 64
  private let inputs = 70

  private func projection(_ precision: Arithmetic) -> LinearWeights {
    LinearWeights(
      stacking: [1, 2, 3].map { (seed: UInt64) in
        let weight = Tensor.random([heads * width, inputs], seed: seed)
        return LinearWeights(StoredMatrix(weight.stored), precision: precision, for: .simd)
      })
  }

  private func shape(_ precision: Arithmetic, isCausal: Bool = false) -> AttentionShape {
    AttentionShape(
      heads: heads, headWidth: width, scale: 0.125, isCausal: isCausal, precision: precision)
  }

  /// So that there are heads enough for all.
  private var fewTokensForEachThread: [Int] { Array(repeating: 3, count: Parallel.threadCount) }

  private var bias: Tensor { .random([3 * heads * width], seed: 4) }

  @Test(arguments: [Arithmetic.float32, .bfloat16, .int8], [false, true])
  func `the bits are those of the operations apart`(precision: Arithmetic, isCausal: Bool) throws {
    guard ProductCode.current == .simd else { return }
    let shape = shape(precision, isCausal: isCausal)
    let sequences = PackedSequences(lengths: [130, 1, 67, 400] + fewTokensForEachThread)
    let x = Tensor.random([sequences.tokenCount, inputs], seed: 5)
    let weights = projection(precision)
    let apart = (1...2).map { _ in
      x.linear(weights, bias: bias).attention(shape, in: sequences)
    }
    let together = try #require(
      x.projectedAttention(weights, bias: bias, rotary: nil, shape, in: sequences))
    #expect(together.elements == apart[0].elements)
    #expect(together.elements == apart[1].elements)
    let rows = [129, 130, 140, 597] + sequences.ranges[4...].map(\.lowerBound)
    let kept = try #require(
      x.projectedAttention(
        weights, bias: bias, rotary: nil, shape, in: sequences, keeping: rows))
    #expect(kept.elements == together.rows(at: rows).elements)
  }

  @Test(arguments: [Arithmetic.float32, .bfloat16, .int8], [0, 1])
  func `queries and keys turn`(precision: Arithmetic, firstToken: Int) throws {
    guard ProductCode.current == .simd else { return }
    let shape = shape(precision)
    let sequences = PackedSequences(lengths: [150] + fewTokensForEachThread)
    let x = Tensor.random([sequences.tokenCount, inputs], seed: 5)
    let rotary = RotaryTables(
      cosines: .random([150, width], seed: 6), sines: .random([150, width], seed: 7),
      from: firstToken)
    let weights = projection(precision)
    _ = x.linear(weights)
    let qkv = x.linear(weights)
    let apart = qkv.rotated(by: rotary, shape, in: sequences).attention(shape, in: sequences)
    let together = try #require(
      x.projectedAttention(weights, bias: nil, rotary: rotary, shape, in: sequences))
    #expect(together.elements == apart.elements)
  }

  @Test func `weights that are read for the first time are not read head by head`() {
    let x = Tensor.random([20, inputs], seed: 5)
    let together = x.projectedAttention(
      projection(.float32), bias: nil, rotary: nil, shape(.float32),
      in: PackedSequences(lengths: [10, 10]))
    #expect(together == nil)
  }
}
