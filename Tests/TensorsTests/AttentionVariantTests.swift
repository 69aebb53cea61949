import Foundation
import TesseraTensors
import TesseraTestSupport
import Testing

/// What decoders and modern encoders ask of attention, against the naive twin, by every code.
@Suite struct AttentionVariantTests {
  private func check(_ shape: AttentionShape, lengths: [Int]) {
    let sequences = PackedSequences(lengths: lengths)
    let qkv = Tensor.random([sequences.tokenCount, shape.inputChannels], seed: 10, scale: 2)
    let expected = naiveAttention(qkv, shape, in: sequences)
    for choice in ProductCode.allCases {
      expectNear(qkv.attention(shape, in: sequences, by: choice), expected)
    }
    let narrow = AttentionShape(
      heads: shape.heads, keyHeads: shape.keyHeads, headWidth: shape.headWidth,
      scale: shape.scale, sight: shape.sight,
      bias: shape.bias.map { bias in
        // A shape holds it as it is before scaling.
        DistanceBias(
          Tensor(bias.values.elements.map { $0 * shape.scale }, shape: bias.values.shape))
      }, precision: .bfloat16)
    expectNear(
      qkv.attention(narrow, in: sequences), expected, Tolerance(absolute: 0.08, relative: 0.02))
    for tokens in sequences.ranges where tokens.count < 100 {
      expectNear(
        qkv.attentionProbabilities(shape, of: tokens),
        naiveProbabilities(qkv, shape, of: tokens))
    }
    for tokens in sequences.ranges {
      let alone = qkv.rows(tokens)
        .attention(shape, in: PackedSequences(lengths: [tokens.count]))
      #expect(
        alone.elements == qkv.attention(shape, in: sequences).rows(tokens).elements,
        "\(tokens) alone")
      for row in [0, tokens.count / 2, tokens.count - 1] {
        let kept = qkv.rows(tokens).attention(
          shape, in: PackedSequences(lengths: [tokens.count]), keeping: [row])
        #expect(kept.elements == alone.row(row).elements, "row \(row) of \(tokens)")
      }
    }
  }

  private static let sights: [AttentionSight] = [
    .all, .causal, .window(0), .window(5), .window(64), .window(300),
    AttentionSight(before: 9, after: 0), AttentionSight(before: 2000, after: 600),
  ]

  @Test(arguments: sights, [[1], [3, 90, 400], [1300]])
  func `queries see what is near`(sight: AttentionSight, lengths: [Int]) {
    check(AttentionShape(heads: 2, headWidth: 6, scale: 0.4, sight: sight), lengths: lengths)
  }

  @Test(arguments: [1, 2, 3, 6], [AttentionSight.all, .causal])
  func `heads of queries share keys`(keyHeads: Int, sight: AttentionSight) {
    check(
      AttentionShape(heads: 6, keyHeads: keyHeads, headWidth: 10, scale: 0.3, sight: sight),
      lengths: [20, 1, 140])
  }

  @Test(arguments: [0, 3, 130, 2000], [AttentionSight.all, .causal, .window(40)])
  func `scores get a bias by distance`(reach: Int, sight: AttentionSight) {
    check(
      AttentionShape(
        heads: 3, headWidth: 6, scale: 0.4, sight: sight,
        bias: DistanceBias(.random([3, 2 * reach + 1], seed: 3, scale: 4))),
      lengths: [2, 70, 700])
  }

  /// A sequence of thousands of tokens, of which a few queries are computed naively.
  @Test func `long causal texts`() {
    let (count, width) = (5000, 8)
    let shape = AttentionShape(heads: 2, keyHeads: 1, headWidth: width, scale: 0.5, sight: .causal)
    let qkv = Tensor.random([count, shape.inputChannels], seed: 1, scale: 2)
    let all = qkv.attention(shape, in: PackedSequences(lengths: [count]))
    for query in [0, 511, 512, 4095, count - 1] {
      let prefix = qkv.rows(0..<query + 1)
      let last = prefix.row(query).elements
      let x = prefix.elements
      for head in 0..<2 {
        let weights = (0...query).map { key in
          exp(
            (0..<width).reduce(0.0) {
              $0 + Double(last[head * width + $1])
                * Double(x[key * shape.inputChannels + 2 * width + $1])
            } * 0.5)
        }
        let sum = weights.reduce(0, +)
        for channel in 0..<width {
          let exact = (0...query).reduce(0.0) {
            $0 + weights[$1] / sum * Double(x[$1 * shape.inputChannels + 3 * width + channel])
          }
          let actual = all.row(query).elements[head * width + channel]
          #expect(abs(Double(actual) - exact) <= 2e-6)
        }
      }
    }
  }

  /// At every precision: nothing of a key may show before it, nor may the text's length.
  @Test(arguments: Arithmetic.allCases)
  func `what comes later changes no bit of causal queries`(precision: Arithmetic) {
    let shape = AttentionShape(
      heads: 2, keyHeads: 1, headWidth: 32, scale: 0.2, sight: .causal, precision: precision)
    let qkv = Tensor.random([900, shape.inputChannels], seed: 1, scale: 2)
    let all = qkv.attention(shape, in: PackedSequences(lengths: [900]))
    for length in [1, 128, 384, 512] {
      let prefix = qkv.rows(0..<length).attention(shape, in: PackedSequences(lengths: [length]))
      #expect(prefix.elements == all.rows(0..<length).elements, "\(length) tokens")
    }
  }

  @Test func `halves of heads turn, those of shared keys too`() {
    let shape = AttentionShape(heads: 4, keyHeads: 2, headWidth: 6, scale: 1)
    let frequencies: [Float] = [1, 0.2, 0.01]
    let qkv = Tensor.random([9, shape.inputChannels], seed: 2)
    func table(_ function: (Double) -> Double) -> Tensor {
      Tensor(
        (0..<9).flatMap { place in
          frequencies.map { Float(function(Double(place) * Double($0))) }
        }, shape: [9, 3])
    }
    let turned = qkv.rotated(
      by: RotaryTables(cosines: table(cos), sines: table(sin), pairs: .halves), shape,
      in: PackedSequences(lengths: [9]))
    expectNear(turned, naiveRotated(qkv, shape, by: frequencies))
  }

  @Test func `each head is normalised by itself`() {
    let shape = AttentionShape(heads: 3, keyHeads: 1, headWidth: 10, scale: 1)
    let norms = HeadNorms(
      query: RMSNormWeights(weight: .random([10], seed: 3), epsilon: 1e-6),
      key: RMSNormWeights(weight: .random([10], seed: 4), epsilon: 1e-6))
    let qkv = Tensor.random([30, shape.inputChannels], seed: 2)
    let normal = qkv.headsNormalized(by: norms, shape)
    expectNear(
      normal.columns(0..<30),
      naiveRMSNorm(qkv.columns(0..<30), weight: norms.query.weight, epsilon: 1e-6))
    expectNear(
      normal.columns(30..<40),
      naiveRMSNorm(qkv.columns(30..<40), weight: norms.key.weight, epsilon: 1e-6))
    #expect(normal.columns(40..<50).elements == qkv.columns(40..<50).elements)
  }
}
