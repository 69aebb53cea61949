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

  private func shape(
    _ precision: Arithmetic, sight: AttentionSight = .all
  ) -> AttentionShape {
    AttentionShape(
      heads: heads, headWidth: width, scale: 0.125, sight: sight, precision: precision)
  }

  /// So that there are heads enough for all.
  private var fewTokensForEachThread: [Int] { Array(repeating: 3, count: Parallel.threadCount) }

  private var bias: Tensor { .random([3 * heads * width], seed: 4) }

  @Test(
    arguments: [Arithmetic.float32, .bfloat16, .int8], [AttentionSight.all, .causal, .window(70)])
  func `the bits are those of the operations apart`(
    precision: Arithmetic, sight: AttentionSight
  ) throws {
    guard ProductCode.current == .simd else { return }
    let shape = shape(precision, sight: sight)
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

  @Test(arguments: [Arithmetic.float32, .bfloat16, .int8])
  func `heads share keys, which are normalised, turn by halves and are near`(
    precision: Arithmetic
  ) throws {
    guard ProductCode.current == .simd else { return }
    let shape = AttentionShape(
      heads: 6, keyHeads: 2, headWidth: width, scale: 0.125,
      sight: AttentionSight(before: 200, after: 0),
      bias: DistanceBias(.random([6, 41], seed: 8)), precision: precision)
    let weights = LinearWeights(
      stacking: [6, 2, 2].enumerated().map { index, heads in
        let weight = Tensor.random([heads * width, inputs], seed: UInt64(index))
        return LinearWeights(StoredMatrix(weight.stored), precision: precision, for: .simd)
      })
    let bias = Tensor.random([10 * width], seed: 4)
    let norms = HeadNorms(
      query: RMSNormWeights(weight: .random([width], seed: 9), epsilon: 1e-6),
      key: RMSNormWeights(weight: .random([width], seed: 10), epsilon: 1e-6))
    let rotary = RotaryTables(
      cosines: .random([700, width / 2], seed: 6), sines: .random([700, width / 2], seed: 7),
      pairs: .halves)
    let sequences = PackedSequences(
      lengths: [700, 1] + fewTokensForEachThread + fewTokensForEachThread)
    let x = Tensor.random([sequences.tokenCount, inputs], seed: 5)
    for _ in 0..<2 { _ = x.linear(weights) }
    let apart = x.linear(weights, bias: bias).headsNormalized(by: norms, shape)
      .rotated(by: rotary, shape, in: sequences).attention(shape, in: sequences)
    let together = try #require(
      x.projectedAttention(
        weights, bias: bias, norms: norms, rotary: rotary, shape, in: sequences))
    #expect(together.elements == apart.elements)
    let rows = sequences.ranges.map { $0.upperBound - 1 }
    let kept = try #require(
      x.projectedAttention(
        weights, bias: bias, norms: norms, rotary: rotary, shape, in: sequences, keeping: rows))
    #expect(kept.elements == together.rows(at: rows).elements)
  }

  @Test func `weights that are read for the first time are not read head by head`() {
    let x = Tensor.random([20, inputs], seed: 5)
    let together = x.projectedAttention(
      projection(.float32), bias: nil, rotary: nil, shape(.float32),
      in: PackedSequences(lengths: [10, 10]))
    #expect(together == nil)
  }
}
