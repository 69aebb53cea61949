import TesseraLayers
import TesseraTensors
import TesseraTestSupport
import Testing

@Suite struct CrossAttentionLayerTests {
  private let attention: CrossAttention
  private let x = Tensor.random([5, 12], seed: 7)
  private let memory = Tensor.random([9, 20], seed: 8)
  private let queries = PackedSequences(lengths: [2, 3])
  private let keys = PackedSequences(lengths: [4, 5])

  init() {
    func linear(_ name: String, _ inputs: Int, seed: UInt64) -> Linear {
      Linear(
        path: name, weight: StoredMatrix(Tensor.random([16, inputs], seed: seed).stored),
        bias: .random([16], seed: seed + 10))
    }
    attention = CrossAttention(
      path: "cross", query: linear("q", 12, seed: 1), key: linear("k", 20, seed: 2),
      value: linear("v", 20, seed: 3), heads: 4)
  }

  @Test func `what is remembered is read as what is given`() {
    let given = attention(x, in: queries, over: memory, in: keys, trace: nil)
    let remembered = attention.remember(memory, in: keys)
    #expect(attention(x, in: queries, over: [remembered]).elements == given.elements)
    let parts = keys.ranges.map {
      attention.remember(memory.rows($0), in: PackedSequences(lengths: [$0.count]))
    }
    let apart = attention(x, in: queries, over: parts)
    #expect(disagreement(apart.elements, given.elements, .batch) == nil)
    let second = attention(
      x.rows(2..<5), in: PackedSequences(lengths: [3]), over: memory.rows(4..<9),
      in: PackedSequences(lengths: [5]), trace: nil)
    #expect(disagreement(second.elements, given.rows(2..<5).elements, .batch) == nil)
  }

  @Test func `a trace sees projections and weights, changes nothing, and replaces`() {
    let plain = attention(x, in: queries, over: memory, in: keys, trace: nil)
    let trace = Trace()
    let traced = attention(x, in: queries, over: memory, in: keys, trace: trace)
    #expect(traced.elements == plain.elements)
    #expect(trace.stages.map(\.name) == ["q", "k", "v", "cross.probs", "cross.probs"])
    #expect(
      trace.stages.map(\.tensor.shape) == [[5, 16], [9, 16], [9, 16], [4, 2, 4], [4, 3, 5]])
    let hook = Trace(
      replacing: .init(concerning: { $0 == "v" }) { Tensor(zeros: $0.tensor.shape) })
    let silent = attention(x, in: queries, over: memory, in: keys, trace: hook)
    #expect(silent.elements.allSatisfy { $0 == 0 })
  }
}
