import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Commands with a retriever of pages.
@Suite struct PageCommandTests {
  private let model = Goldens.url("zoo/colmodernvbert")
  private let pages = ["wide.png", "tall.png"].map { Goldens.url("images/\($0)") }
  private let query = "a photo of a cat"

  private struct Row: Decodable {
    let vectors: [[Float]]

    private enum CodingKeys: String, CodingKey { case vectors = "colbert_vecs" }
  }

  private struct Matrix: Decodable { let similarity: [[Float]] }

  private func embeddings() throws -> [Embedding] {
    let embedder = try Embedder(modelFolder: model)
    return try embedder.encode([.text(query)] + pages.map(Item.image), returning: [.colbert])
      .map { try $0.get() }
  }

  @Test func `encode writes a vector a token, of queries and of pages`() throws {
    let asked = [["--text", query]] + pages.map { ["--image", $0.path] }
    for (options, own) in zip(asked, try embeddings()) {
      let run = try Command(
        "tessera", ["encode", "-m", model.path, "--return", "colbert"] + options)
      #expect(run.status == 0, "\(run.errors)")
      let row = try JSONDecoder().decode(Row.self, from: Data(run.text.utf8))
      #expect(row.vectors == own.colbertVectors)
    }
  }

  @Test func `similarity compares a query with pages by their tokens`() throws {
    let run = try Command(
      "tessera",
      ["similarity", "-m", model.path, "--mode", "colbert", "--format", "json", query]
        + pages.map { "@\($0.path)" })
    #expect(run.status == 0, "\(run.errors)")
    let scores = try JSONDecoder().decode(Matrix.self, from: Data(run.text.utf8)).similarity[0]
    let all = try embeddings()
    for (score, own) in zip(scores, all) {
      #expect(score == (try #require(all[0].colbertScore(with: own))))
    }
  }

  @Test func `rank finds the pages that are nearest to a query`() throws {
    let folder = try TemporaryFolder()
    for page in pages {
      try FileManager.default.copyItem(
        at: page, to: folder.url.appending(path: page.lastPathComponent))
    }
    let run = try Command(
      "tessera",
      ["rank", "-m", model.path, "--among", folder.url.path, "--format", "jsonl", query])
    #expect(run.status == 0, "\(run.errors)")
    let all = try embeddings()
    let scores = try all.dropFirst().map { try #require(all[0].colbertScore(with: $0)) }
    let best = pages[scores[0] > scores[1] ? 0 : 1].lastPathComponent
    let places = try pages.map { try #require(run.text.range(of: $0.lastPathComponent)) }
    let first = pages[places[0].lowerBound < places[1].lowerBound ? 0 : 1].lastPathComponent
    #expect(first == best)
  }

  @Test func `a text beside a page is refused in words`() throws {
    let run = try Command(
      "tessera",
      ["encode", "-m", model.path, "--return", "colbert", "--image", pages[0].path]
        + ["--text", query])
    #expect(run.status == 1)
    #expect((run.text + run.errors).contains("no text beside it"))
  }
}
