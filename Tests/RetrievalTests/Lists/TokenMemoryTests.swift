import TesseraEmbedders
import TesseraRetrieval
import TesseraTensors
import TesseraTestSupport
import Testing

/// Late interaction without an index.
struct TokenMemoryTests {
  private static let width = 12

  private func vectors(_ count: Int, seed: UInt64) -> [[Float]] {
    (0..<count).map { token in
      let vector = Tensor.random([Self.width], seed: seed * 1000 + UInt64(token)).elements
      return vector.ofLengthOne ?? vector
    }
  }

  /// By the definition, in double.
  private func score(_ query: [[Float]], _ text: [[Float]]) -> Double {
    let best = query.map { token in
      text.map { zip(token, $0).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } }.max() ?? 0
    }
    return best.reduce(0, +) / Double(query.count)
  }

  @Test func `the nearest are those of the definition, the best first`() {
    // One text longer than what is computed at a time, one of no tokens.
    let texts = [1, 7, 300, 0, 40, 3].enumerated().map { vectors($1, seed: UInt64($0)) }
    let query = vectors(9, seed: 77)
    var memory = TokenMemory()
    for text in texts { memory.add(text) }
    let scores = texts.map { score(query, $0) }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    let hits = memory.nearest(4, to: query)
    #expect(hits.map(\.row) == Array(order.prefix(4)))
    for hit in hits { #expect(abs(Double(hit.score) - scores[hit.row]) < 1e-6) }
    #expect(memory.nearest(99, to: query).count == texts.count)
  }

  @Test func `of equal scores the first comes first, and a query of no tokens scores 0`() {
    var memory = TokenMemory()
    #expect(memory.nearest(3, to: vectors(2, seed: 1)).isEmpty)
    for _ in 0..<3 { memory.add(vectors(5, seed: 2)) }
    #expect(memory.nearest(2, to: vectors(2, seed: 1)).map(\.row) == [0, 1])
    #expect(memory.nearest(2, to: []) == [Hit(row: 0, score: 0), Hit(row: 1, score: 0)])
  }
}
