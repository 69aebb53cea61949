import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// What late-interaction scores are made of.
struct TokenMatchesTests {
  @Test(arguments: ["colbert", "colbert-stanford", "colbert-pylate"])
  func `the shares of words are those of the score`(_ name: String) throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
    #expect(embedder.scoresTokens)
    let query = Item.text("a whale in the sea", prompt: .query)
    let text = Item.text("the old man and the sea", prompt: .document)
    let found = try embedder.tokenMatches(query, text)
    let vectors = try embedder.encode([query, text], returning: [.colbert]).map { try $0.get() }
    let score = Double(try #require(vectors[0].colbertScore(with: vectors[1])))
    #expect(abs(found.score - score) < 1e-5)
    // One golden has a prompt of its own, "a ".
    let prompt = name == "colbert" ? ["a"] : []
    #expect(found.query.map(\.word) == prompt + ["a", "whale", "in", "the", "sea"])
    // Special tokens match and are matched too.
    let words = Set(["the", "old", "man", "and", "sea"])
    #expect(!found.hit.isEmpty && found.hit.allSatisfy { words.contains($0.word) })
    // The first word's share, by the definition; its token stands behind the class token, and the mark.
    let tokens = try #require(vectors[0].colbertVectors)
    let others = try #require(vectors[1].colbertVectors)
    let best = others.map { other in
      zip(tokens[name == "colbert" ? 1 : 2], other)
        .reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }.max()
    let share = try #require(best) / Double(tokens.count)
    #expect(abs(try #require(found.query.first).value - share) < 1e-6)
  }

  @Test func `of a page found, the query's words have their shares`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/colmodernvbert"))
    let query = Item.text("the total", prompt: .query)
    let page = Item.image(Goldens.url("images/wide.png"))
    let found = try embedder.tokenMatches(query, page)
    let vectors = try embedder.encode([query, page], returning: [.colbert]).map { try $0.get() }
    let score = Double(try #require(vectors[0].colbertScore(with: vectors[1])))
    #expect(abs(found.score - score) < 1e-5)
    #expect(!found.query.isEmpty && found.hit.isEmpty)
  }

  @Test(arguments: [("colbert", 24, 1), ("colbert-stanford", 24, 2), ("colbert-pylate", 20, 2)])
  func `a plan knows a document's length, and the token before its words`(
    _ name: String, _ limit: Int, _ first: Int
  ) throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
    let plan = try embedder.plan(for: .text("the sea", prompt: .document))
    #expect(plan.limit == limit && plan.paddingCount == 0)
    #expect(plan.words.map(\.text) == ["the", "sea"])
    #expect(plan.words.first?.rows.lowerBound == first)
    let long = Array(repeating: "sea", count: 60).joined(separator: " ")
    let cut = try #require(try embedder.plan(for: .text(long, prompt: .document)).cut)
    let read = try embedder.encode([.text(long, prompt: .document)], returning: [.colbert])[0]
      .get().truncation
    #expect(cut.kept == limit && cut.kept == read?.kept && cut.total == read?.total)
  }

  @Test func `a model of dense vectors has no such shares`() throws {
    let embedder = try Embedder(modelFolder: Embedder.pictureBookFolder())
    #expect(!embedder.scoresTokens)
    #expect(throws: EmbedderError.notExplained) {
      try embedder.tokenMatches(.text("a"), .text("b"))
    }
  }
}
