import TesseraEmbedders
import TesseraTestSupport
import Testing

/// A causal language model that answers yes or no.
@Suite struct Qwen3RerankerTests {
  private struct Inputs: Decodable {
    let items: [Pair]

    struct Pair: Decodable {
      let query: String
      let passage: String
      let ids: [Int]
      let yes: Float
      let no: Float
      let score: Float

      private enum CodingKeys: String, CodingKey {
        case query, passage, ids, score
        case yes = "logit_yes"
        case no = "logit_no"
      }
    }
  }

  @Test func `the logits are those of yes less those of no`() throws {
    let pairs = try Goldens.json("zoo/qwen3-reranker/inputs.json", as: Inputs.self).items
    let reranker = try Reranker(modelFolder: Goldens.url("zoo/qwen3-reranker"))
    #expect(reranker.labels.count == 1)
    let together = try reranker.scores(of: pairs.map { TextPair($0.query, $0.passage) })
    for (pair, result) in zip(pairs, together) {
      let score = try result.get()
      #expect(score.tokenCount == pair.ids.count)
      #expect(abs(score.logit - (pair.yes - pair.no)) < 2e-5, "\(pair.passage)")
      #expect(abs(score.probabilities[0] - pair.score) < 1e-5)
      #expect(try reranker.score(of: TextPair(pair.query, pair.passage)).logits == score.logits)
    }
  }

  @Test func `what does not fit is cut from the passage's end, and said`() throws {
    let long = String(repeating: "a long answer about whales and the sea. ", count: 60)
    let reranker = try Reranker(
      modelFolder: Goldens.url("zoo/qwen3-reranker"), options: .init(maxLength: 220))
    let score = try reranker.score(of: TextPair("what is a panda?", long))
    #expect(score.tokenCount == 220)
    #expect(score.truncation != nil)
  }

  @Test func `a text by itself is refused`() throws {
    let reranker = try Reranker(modelFolder: Goldens.url("zoo/qwen3-reranker"))
    #expect(throws: EmbedderError.self) { try reranker.score(of: TextPair("what is a panda?")) }
  }
}
