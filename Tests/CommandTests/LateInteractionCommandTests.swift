import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Commands with models that give each token a vector, and no other.
struct LateInteractionCommandTests {
  private static let texts = [
    "a red car", "the old man and the sea", "a ship, a lighthouse - and the storm!", "whales",
    "the sea, the sea",
  ]
  private let folder: TemporaryFolder
  private var items: String { folder.path("items.txt") }

  init() throws {
    folder = try TemporaryFolder()
    try Data(Self.texts.joined(separator: "\n").utf8).write(to: URL(filePath: items))
  }

  private struct Row: Decodable {
    struct Hit: Decodable {
      let text: String
      let score: Float
    }
    let hits: [Hit]
  }

  @Test(arguments: ["colbert", "colbert-stanford"])
  func `rank compares the vectors of tokens, each text in its role`(_ name: String) throws {
    let model = Goldens.url("zoo/\(name)")
    let queries = ["a whale in the sea", "the storm"]
    let run = try Command(
      "tessera",
      ["rank", "-m", model.path, "--among", items, "--top", "4", "--format", "jsonl"] + queries)
    #expect(run.status == 0, "\(run.errors)")
    let embedder = try Embedder(modelFolder: model)
    func vectors(_ texts: [String], _ prompt: Prompt) throws -> [Embedding] {
      try embedder.encode(texts.map { .text($0, prompt: prompt) }, returning: [.colbert])
        .map { try $0.get() }
    }
    let documents = try vectors(Self.texts, .document)
    #expect(run.lines.count == queries.count)
    for (line, query) in zip(run.lines, try vectors(queries, .query)) {
      let hits = try JSONDecoder().decode(Row.self, from: Data(line.utf8)).hits
      let scores = documents.map { query.colbertScore(with: $0) ?? .nan }
      let best = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(4)
      #expect(hits.map(\.text) == best.map { Self.texts[$0] })
      for (hit, place) in zip(hits, best) { #expect(abs(hit.score - scores[place]) < 1e-5) }
    }
  }
}
