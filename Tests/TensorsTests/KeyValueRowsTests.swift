import TesseraTensors
import TesseraTestSupport
import Testing

/// Attention over rows that are kept, beside causal attention over whole sequences.
@Suite struct KeyValueRowsTests {
  @Test(arguments: [5, 16]) func `tokens one by one get what whole sequences get`(width: Int) {
    let shape = AttentionShape(heads: 3, headWidth: width, scale: 0.4, sight: .causal)
    let sequences = PackedSequences(lengths: [4, 6])
    let qkv = Tensor.random([10, 3 * shape.channels], seed: 1)
    let expected = naiveAttention(qkv, shape, in: sequences)
    var cache = KeyValueRows(shape)
    // Rows lie anywhere; the second sequence is read in two parts, the first at once.
    let places = [7, 2, 9, 0, 11, 3, 5, 1, 4, 8]
    func seen(_ tokens: Range<Int>) -> [[Int]] {
      tokens.map { token in
        let first = sequences.ranges.last { $0.lowerBound <= token }?.lowerBound ?? 0
        return Array(places[first...token])
      }
    }
    for tokens in [0..<4, 4..<9, 9..<10] {
      let part = qkv.rows(tokens)
      cache.store(part, at: Array(places[tokens]))
      expectNear(part.attention(over: cache, seeing: seen(tokens)), expected.rows(tokens))
    }
    let all = qkv.attention(over: cache, seeing: seen(0..<10))
    let alone = qkv.rows(9..<10).attention(over: cache, seeing: seen(9..<10))
    #expect(alone.elements == all.rows(9..<10).elements)
  }

  @Test func `logarithms of a softmax`() {
    let x = Tensor([1, 2, 3, -50, 0, 60], shape: [2, 3])
    let third = Tensor([-2.407_606, -1.407_606, -0.407_606, -110, -60, 0], shape: [2, 3])
    expectNear(x.logSoftmax(), third)
  }
}
