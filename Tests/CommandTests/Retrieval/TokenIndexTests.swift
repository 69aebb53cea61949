import Foundation
import TesseraTestSupport
import Testing

/// Indexes of models that give no dense vector: late interaction, and words' weights.
struct TokenIndexTests {
  private static let texts = [
    "a red car", "the old man and the sea", "a ship - storm!", "whales",
    "the sea, the sea",
  ]
  private let folder: IndexFolder

  init() throws {
    folder = try IndexFolder()
    for (number, text) in Self.texts.enumerated() { try folder.write("\(number).txt", text) }
  }

  private static func model(_ name: String) -> String { Goldens.url("zoo/\(name)").path }

  private struct Ranked: Decodable {
    struct Hit: Decodable {
      let text: String
      let score: Float
    }
    let hits: [Hit]
  }

  @Test(arguments: ["colbert", "colbert-stanford", "colbert-pylate"])
  func `search gives the scores of rank, for every row`(_ name: String) throws {
    let model = Self.model(name)
    let made = try folder.update("-m", model)
    #expect(made.status == 0 && !made.errors.contains("were read"), "\(made.errors)")
    let list = folder.temporary.path("items.txt")
    try Data(Self.texts.joined(separator: "\n").utf8).write(to: URL(filePath: list))
    for query in ["a whale in the sea", "the storm"] {
      let ranked = try Command(
        "tessera", ["rank", "-m", model, "--among", list, "--top", "9", "--format", "jsonl", query])
      let expected = try JSONDecoder().decode(Ranked.self, from: ranked.output).hits
      let found = try #require(try folder.answers(query, "-k", "9").first).hits
      #expect(found.map(\.text) == expected.map(\.text))
      for (hit, other) in zip(found, expected) { #expect(abs(hit.score - other.score) < 1e-5) }
      let named = try #require(try folder.answers(query, "--mode", "colbert", "-k", "9").first)
      #expect(named.hits.map(\.score) == found.map(\.score))
    }
    let some = try #require(try folder.answers("sea", "--where", "name = '3.txt'").first).hits
    #expect(some.map(\.text) == ["whales"])
    // A text of the length of documents is cut into parts that are read whole.
    try folder.write(
      "long.txt", Array(repeating: "a ship on the sea.", count: 60).joined(separator: " "))
    let long = try folder.update()
    #expect(long.status == 0 && !long.errors.contains("were read"), "\(long.errors)")
    #expect(try folder.ids().count { $0.hasPrefix("long.txt") } > 3)
  }

  @Test func `a second run reads what changed, and the store's commands know such an index`() throws
  {
    #expect(try folder.update("-m", Self.model("colbert-stanford")).status == 0)
    #expect(IndexFolder.counts(try folder.update()).contains("5 unchanged"))
    try folder.write("3.txt", "dolphins")
    try folder.write("5.txt", "a train")
    try folder.remove("0.txt")
    let counts = IndexFolder.counts(try folder.update("--prune"))
    for part in ["1 added", "1 changed", "1 removed", "3 unchanged"] {
      #expect(counts.contains(part), "\(counts)")
    }
    struct Facts: Decodable {
      let version: Int
      let rows: Int
      let dimensions: Int?
      let tokenDimensions: Int
      let vectors: [String]
    }
    let facts = try JSONDecoder().decode(Facts.self, from: folder.store("info").output)
    #expect(facts.version == 3 && facts.rows == 5 && facts.dimensions == nil)
    #expect(facts.tokenDimensions == 16 && facts.vectors == ["colbert"])
    #expect(try folder.store("verify").status == 0)
    let check = try folder.store("check")
    #expect(check.status == 0, "\(check.text) \(check.errors)")
    #expect(try folder.store("compact").status == 0)
    let rows = folder.temporary.path("rows.jsonl")
    #expect(try folder.store("export", "-o", rows).status == 0)
    struct Row: Decodable {
      let tokens: [[Float]]
      let embedding: [Float]?

      private enum CodingKeys: String, CodingKey {
        case tokens = "colbert_vecs"
        case embedding
      }
    }
    let lines = try String(contentsOfFile: rows, encoding: .utf8).split(separator: "\n")
    for line in lines {
      let row = try JSONDecoder().decode(Row.self, from: Data(line.utf8))
      #expect(row.embedding == nil && !row.tokens.isEmpty)
      #expect(row.tokens.allSatisfy { $0.count == 16 })
    }
    #expect(lines.count == 5)
    let matrix = try folder.store("export", "-o", folder.temporary.path("rows.npy"))
    #expect(matrix.status == 64 && matrix.errors.contains("no dense vectors"))
    let copy = folder.temporary.path("copy.tessera")
    #expect(try Command("tessera", ["store", "copy", folder.index, copy]).status == 0)
    #expect(try Command("tessera", ["store", "verify", "--in", copy]).status == 0)
  }

  @Test func `what compares dense vectors says that there are none`() throws {
    #expect(try folder.update("-m", Self.model("colbert")).status == 0)
    let page = folder.temporary.path("map.html")
    for arguments in [
      ["search", "--in", folder.index, "sea", "--mode", "dense"],
      ["search", "--in", folder.index, "sea", "--mode", "hybrid"],
      ["search", "--in", folder.index, "sea", "--calibrate"],
      ["search", "--in", folder.index, "sea", "--plus", "car"],
      ["duplicates", "--in", folder.index], ["map", "--in", folder.index, "-o", page],
    ] {
      let run = try Command("tessera", arguments)
      #expect(run.status == 1 && run.errors.contains("has no dense vectors"), "\(arguments)")
    }
    let other = try Command(
      "tessera",
      [
        "index", folder.files, "--into", folder.temporary.path("b.tessera"), "-m",
        Self.model("colbert"), "--return", "dense",
      ])
    #expect(other.status == 1 && other.errors.contains("colbert"), "\(other.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.temporary.path("b.tessera")))
    let sparse = try folder.search("sea", "--mode", "sparse")
    #expect(sparse.status == 1 && sparse.errors.contains("no sparse vectors"), "\(sparse.errors)")
  }

  @Test func `what a score is made of is told`() throws {
    #expect(try folder.update("-m", Self.model("colbert-stanford")).status == 0)
    let run = try folder.search("the storm", "-k", "2", "--explain", "--format", "jsonl")
    #expect(run.status == 0, "\(run.errors)")
    struct Answer: Decodable {
      struct Hit: Decodable {
        struct Because: Decodable {
          struct Part: Decodable {
            let words: [String]
            let carries: Double
          }
          let score: Double
          let parts: [Part]
          let query: [Part]
        }
        let score: Double
        let because: Because
      }
      let hits: [Hit]
    }
    let hits = try JSONDecoder().decode(Answer.self, from: Data(run.lines[0].utf8)).hits
    #expect(hits.count == 2)
    for hit in hits {
      #expect(abs(hit.because.score - hit.score) < 1e-5)
      #expect(Set(hit.because.query.flatMap(\.words)) == ["the", "storm"])
      #expect(!hit.because.parts.isEmpty)
    }
  }

  @Test func `eval asks it as search does`() throws {
    #expect(try folder.update("-m", Self.model("colbert")).status == 0)
    let queries = folder.temporary.path("queries.jsonl")
    let id = try #require(try folder.answers("the sea", "-k", "1").first?.hits.first).id
    let line = try JSONSerialization.data(
      withJSONObject: ["id": "q", "text": "the sea", "relevant": [id]])
    try line.write(to: URL(filePath: queries))
    let run = try Command(
      "tessera",
      ["eval", "--in", folder.index, "--queries", queries, "--at", "1", "--format", "json"])
    #expect(run.status == 0, "\(run.errors)")
    let means = try #require(
      try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    #expect(means["queries"] as? Int == 1 && means["success_at_1"] as? Double == 1, "\(means)")
  }

  @Test func `reindex goes from one kind of model to another and back`() throws {
    #expect(try folder.update().status == 0)
    let there = try folder.store("reindex", "-m", Self.model("colbert"))
    #expect(there.status == 0, "\(there.errors)")
    #expect(try folder.answers("the sea", "-k", "9").first?.hits.count == 5)
    let back = try folder.store("reindex", "-m", Self.model("distilbert"))
    #expect(back.status == 0, "\(back.errors)")
    #expect(try folder.store("verify").status == 0)
    #expect(try folder.answers("the sea", "--mode", "dense", "-k", "9").first?.hits.count == 5)
  }

  @Test func `words' weights alone are searched by what words share`() throws {
    let model = Self.model("splade")
    let made = try folder.update("-m", model)
    #expect(made.status == 0, "\(made.errors)")
    let query = "the storm at sea"
    let hits = try #require(try folder.answers(query, "-k", "9").first).hits
    #expect(!hits.isEmpty)
    struct Pair: Decodable { let similarity: [[Float]] }
    for hit in hits {
      let pair = try Command(
        "tessera",
        ["similarity", "-m", model, "--mode", "sparse", "--format", "json", query, hit.text ?? ""])
      let score = try JSONDecoder().decode(Pair.self, from: pair.output).similarity[0][1]
      #expect(abs(score - hit.score) < 1e-4 * max(1, abs(score)), "\(hit)")
    }
  }

  @Test(arguments: ["colmodernvbert", "colsmol"])
  func `pictures of pages are found by words`(_ name: String) throws {
    for text in Self.texts.indices { try folder.remove("\(text).txt") }
    for (number, file) in [("01", "a.webp"), ("02", "b.webp")] {
      try folder.copyPicture(number, to: file)
    }
    let model = Self.model(name)
    let made = try folder.update("-m", model, "--pixels", "reference")
    #expect(made.status == 0, "\(made.errors)")
    let hits = try #require(try folder.answers("the total").first).hits
    #expect(hits.count == 2 && hits.allSatisfy { $0.kind == "picture" })
    let ranked = try Command(
      "tessera",
      ["rank", "-m", model, "--among", folder.files, "--format", "jsonl", "the total"])
    struct Row: Decodable {
      struct Hit: Decodable { let score: Float }
      let hits: [Hit]
    }
    let scores = try JSONDecoder().decode(Row.self, from: ranked.output).hits.map(\.score)
    #expect(scores.count == 2)
    for (hit, score) in zip(hits, scores) { #expect(abs(hit.score - score) < 1e-4) }
  }
}
