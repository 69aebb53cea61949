import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Three kinds of vectors, and the scores between them, against FlagEmbedding's.
@Suite struct BGEM3Tests {
  private let embedder: Embedder
  private let cases: Cases

  private struct Cases: Decodable {
    struct Item: Decodable {
      let text: String
      let ids: [Int]
      let lexicalWeights: [String: Float]

      private enum CodingKeys: String, CodingKey {
        case text, ids
        case lexicalWeights = "lexical_weights"
      }
    }
    struct Score: Decodable {
      let query: Int
      let passage: Int
      let dense: Float
      let sparse: Float
      let colbert: Float
      let hybrid: Float

      private enum CodingKeys: String, CodingKey {
        case query, passage, dense, sparse, colbert
        case hybrid = "dense+sparse+colbert at 0.4 0.2 0.4"
      }
    }
    let items: [Item]
    let scores: [Score]
  }

  init() throws {
    embedder = try Embedder(modelFolder: ConvertedModels.bgeM3Tiny.get())
    cases = try Goldens.json("bge-m3-tiny/cases.json", as: Cases.self)
  }

  @Test func `dense, sparse and colbert are the reference's, in one pass`() throws {
    let expected = try Goldens.tensors("bge-m3-tiny/expected.safetensors")
    let results = try embedder.encode(
      cases.items.map { .text($0.text) }, returning: [.dense, .sparse, .colbert])
    for (i, (item, result)) in zip(cases.items, results).enumerated() {
      let embedding = try result.get()
      #expect(embedding.tokenCount == item.ids.count, "\(item.text)")
      let dense = try #require(expected["dense.\(i)"]).elements
      #expect(disagreement(embedding.vector, dense, .embedding) == nil, "\(item.text)")

      let weights = try #require(embedding.lexicalWeights)
      #expect(
        Set(weights.keys.map(String.init)) == Set(item.lexicalWeights.keys), "\(item.text)")
      for (id, weight) in weights {
        #expect(abs(weight - (item.lexicalWeights[String(id)] ?? -1)) < 1e-5, "\(item.text)")
      }
      let colbert = try #require(expected["colbert.\(i)"])
      let vectors = try #require(embedding.colbertVectors)
      #expect(vectors.count == colbert.shape[0])
      #expect(
        disagreement(
          vectors.flatMap { $0 }, colbert.elements, Tolerance(absolute: 5e-6, relative: 0))
          == nil, "\(item.text)")
    }
  }

  @Test func `scores between texts are the reference's`() throws {
    let embeddings = try embedder.encode(
      cases.items.map { .text($0.text) }, returning: VectorKind.allCases
    ).map { try $0.get() }
    #expect(!cases.scores.isEmpty)
    for score in cases.scores {
      let (query, passage) = (embeddings[score.query], embeddings[score.passage])
      let found = [
        query.similarity(to: passage), query.lexicalScore(with: passage),
        query.colbertScore(with: passage),
        query.hybridScore(with: passage, weights: (0.4, 0.2, 0.4)),
      ]
      let expected = [score.dense, score.sparse, score.colbert, score.hybrid]
      #expect(disagreement(found.compactMap { $0 }, expected, .score) == nil)
    }
  }

  @Test func `only what is asked for is computed`() throws {
    let sparse = try embedder.encode(.text("BM25"), returning: [.sparse])
    #expect(sparse.vector.isEmpty)
    #expect(sparse.lexicalWeights != nil)
    #expect(sparse.colbertVectors == nil)
  }

  @Test func `a model without these heads says so`() throws {
    let other = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    #expect(throws: EmbedderError.kindNotSupported(.sparse, supported: [.dense])) {
      try other.encode(.text("whale"), returning: [.dense, .sparse])
    }
  }
}

extension Tolerance {
  fileprivate static let score = Tolerance(absolute: 5e-6, relative: 1e-5)
}
