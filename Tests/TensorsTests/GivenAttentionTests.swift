import TesseraTensors
import TesseraTestSupport
import Testing

/// Attention by weights that come from elsewhere.
@Suite struct GivenAttentionTests {
  private let shape = AttentionShape(heads: 3, headWidth: 5, scale: 0.4)
  private let qkv = Tensor.random([11, 45], seed: 1)
  private let sequences = PackedSequences(lengths: [4, 7])

  @Test func `the values are summed with the weights given`() {
    let tokens = sequences.ranges[1]
    let given = Tensor.random([3, 7, 7], seed: 2)
    let context = qkv.attention(shape, in: sequences)
    let computed = qkv.attentionProbabilities(shape, of: tokens)
    let changed = qkv.attention(
      shape, of: tokens, by: given, insteadOf: computed, changing: context)
    var expected = context.elements
    let (x, weights) = (qkv.elements, given.elements)
    for head in 0..<3 {
      for query in 0..<7 {
        for channel in head * 5..<head * 5 + 5 {
          expected[(4 + query) * 15 + channel] = (0..<7).reduce(0) { sum, key in
            sum + weights[(head * 7 + query) * 7 + key] * x[(4 + key) * 45 + 30 + channel]
          }
        }
      }
    }
    expectNear(changed, Tensor(expected, shape: [11, 15]))
  }

  @Test func `queries whose weights stay keep their bits`() {
    let tokens = sequences.ranges[0]
    let context = qkv.attention(shape, in: sequences)
    let computed = qkv.attentionProbabilities(shape, of: tokens)
    func changed(_ given: Tensor) -> [Float] {
      qkv.attention(shape, of: tokens, by: given, insteadOf: computed, changing: context).elements
    }
    #expect(changed(computed) == context.elements)
    var weights = computed.elements
    weights[(2 * 4 + 1) * 4 + 3] += 1  // Head 2, query 1.
    let places = zip(changed(Tensor(weights, shape: [3, 4, 4])), context.elements).enumerated()
      .filter { $1.0 != $1.1 }.map(\.offset)
    #expect(places == Array(15 + 10..<15 + 15))
  }

  @Test func `matrices stand side by side`() {
    let left = Tensor([1, 2, 3, 4], shape: [2, 2])
    let right = Tensor([5, 6], shape: [2, 1])
    #expect(Tensor.sideBySide([left, right]).elements == [1, 2, 5, 3, 4, 6])
  }
}
