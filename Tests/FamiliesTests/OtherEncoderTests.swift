import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Folders of sentence-transformers that hold no transformer with a pooling.
@Suite struct OtherEncoderTests {
  private struct Inputs: Decodable {
    struct Entry: Decodable { let text: String }
    let items: [Entry]
  }

  private func answers(_ name: String) throws -> [(text: String, vector: [Float])] {
    let expected = try Goldens.tensors("zoo/\(name)/expected.safetensors")
    return try Goldens.json("zoo/\(name)/inputs.json", as: Inputs.self).items.enumerated().map {
      ($1.text, try #require(expected["item.\($0)"]).elements)
    }
  }

  @Test func `SPLADE weighs the tokens of the vocabulary`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/splade"))
    #expect(embedder.vectorKinds == [.sparse])
    let answers = try answers("splade")
    let together = try embedder.encode(answers.map { .text($0.text) }, returning: [.sparse])
    for (answer, result) in zip(answers, together) {
      let weights = try #require(try result.get().lexicalWeights)
      let own = answer.vector.indices.map { weights[$0] ?? 0 }
      #expect(disagreement(own, answer.vector, .activation) == nil, "\(answer.text)")
      #expect(weights.values.allSatisfy { $0 > 0 })
      let alone = try embedder.encode(.text(answer.text), returning: [.sparse])
      #expect(alone.lexicalWeights == weights)
    }
    #expect(throws: EmbedderError.kindNotSupported(.dense, supported: [.sparse])) {
      try embedder.encode(.text("whale"))
    }
  }

  @Test func `a table of vectors gives their mean, and nothing for an empty text`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/static-embedding"))
    let answers = try answers("static-embedding")
    let together = try embedder.encode(answers.map { .text($0.text) })
    for (answer, result) in zip(answers, together) {
      #expect(disagreement(try result.get().vector, answer.vector, .embedding) == nil)
    }
    #expect(try embedder.encode(.text("")).vector.allSatisfy { $0 == 0 })
  }
}
