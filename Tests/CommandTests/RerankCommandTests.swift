import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Commands that read two texts together.
@Suite struct RerankCommandTests {
  private let model = Goldens.url("zoo/reranker-xlmr")
  private let query = "how many people live in Berlin?"
  private let passages = [
    "Berlin has a population of 3,520,031.", "The giant panda is a bear.", "Berlin is a city.",
  ]

  private struct Hit: Decodable {
    let rank: Int?
    let id: String
    let index: Int
    let logit: Float?
    let score: Float?
    let text: String?
    let query: String?
    let error: String?
    let page: Int?
  }

  private func hits(_ run: Command) throws -> [Hit] {
    try run.lines.map { try JSONDecoder().decode(Hit.self, from: Data($0.utf8)) }
  }

  private func file(_ lines: [String], _ name: String = "docs.jsonl") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try Data(lines.joined(separator: "\n").utf8).write(to: folder.url.appending(path: name))
    return folder
  }

  private func run(
    _ folder: TemporaryFolder, _ options: [String], name: String = "docs.jsonl"
  ) throws -> Command {
    try withExtendedLifetime(folder) {
      try Command(
        "tessera",
        ["rerank", "-m", model.path, "--among", folder.url.appending(path: name).path] + options)
    }
  }

  @Test func `a line a hit, sorted by logit, with id, text and what else the item has`() throws {
    let docs = try file(
      passages.enumerated().map { #"{"id":"d\#($0)","text":"\#($1)","page":\#($0)}"# })
    let run = try run(docs, ["--format", "jsonl", query])
    #expect(run.status == 0, "\(run.errors)")
    let hits = try hits(run)
    #expect(hits.map(\.rank) == [1, 2, 3] && Set(hits.map(\.id)) == ["d0", "d1", "d2"])
    let reranker = try Reranker(modelFolder: model)
    for (hit, own) in zip(hits, try reranker.rank(passages, for: query)) {
      #expect(hit.index == own.index && hit.page == own.index && hit.query == nil)
      #expect(hit.logit == own.score.logit && hit.score == own.score.probabilities[0])
      #expect(hit.text == passages[own.index])
    }
    let raw = try self.run(docs, ["--format", "jsonl", "--raw", "-k", "2", query])
    #expect(try self.hits(raw).map(\.logit) == hits.prefix(2).map(\.logit))
    #expect(!raw.text.contains("score"))
    let table = try self.run(docs, [query])
    #expect(table.lines.count == 4 && table.lines[0] == query)
  }

  @Test func `plain lines, several queries, and texts that are cut`() throws {
    let docs = try file(passages, "docs.txt")
    let run = try run(
      docs, ["--format", "jsonl", "--max-length", "16", query, "panda"], name: "docs.txt")
    let hits = try hits(run)
    #expect(hits.map(\.query) == ["0", "0", "0", "1", "1", "1"])
    #expect(run.errors.contains("cut to the limit"))
    let never = try self.run(
      docs, ["--max-length", "8", "--truncation", "only-second", query], name: "docs.txt")
    #expect(never.status == 1 && never.errors.contains("the first text has"))
  }

  @Test func `an item that is no text is a row with an error`() throws {
    let docs = try file([#"{"text":"Berlin"}"#, #"{"image":"a.png"}"#])
    let run = try run(docs, ["--format", "jsonl", query])
    #expect(run.status == 1)
    let hits = try hits(run)
    #expect(hits.count == 2 && hits[0].id == "0" && hits[0].error == nil)
    #expect(hits[1].index == 1 && hits[1].error?.contains("a.png") == true)
    #expect(run.errors.contains("line 2"))
  }

  @Test func `models of the other kind are refused by the command that suits them`() throws {
    let encoded = try Command("tessera", ["encode", "-m", model.path, "--text", "a"])
    #expect(encoded.status == 1 && encoded.errors.contains("rerank"))
    let docs = try file(passages, "docs.txt")
    let labels = try Command(
      "tessera",
      [
        "rerank", "-m", Goldens.url("zoo/reranker-roberta-3").path, "--among",
        docs.url.appending(path: "docs.txt").path, query,
      ])
    #expect(labels.status == 1 && labels.errors.contains("classify"))
    let vectors = try Command(
      "tessera",
      [
        "rerank", "-m", Goldens.url("zoo/labse").path, "--among",
        docs.url.appending(path: "docs.txt").path, query,
      ])
    #expect(vectors.status == 1 && vectors.errors.contains("makes vectors"))
    #expect(try Command("tessera", ["rerank", query]).status == 64)
  }

  @Test func `classify gives the labels of texts and of pairs`() throws {
    struct Row: Decodable {
      let label: String
      let probabilities: [String: Float]
    }
    let folder = Goldens.url("zoo/reranker-roberta-3")
    let classifier = try Reranker(modelFolder: folder)
    func rows(_ options: [String]) throws -> [Row] {
      let run = try Command(
        "tessera", ["classify", "-m", folder.path, "--format", "jsonl"] + options)
      #expect(run.status == 0, "\(run.errors)")
      return try run.lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    }
    func expect(_ row: Row, _ pair: TextPair) throws {
      let score = try classifier.score(of: pair)
      for (label, value) in zip(classifier.labels, score.probabilities) {
        #expect(row.probabilities[label] == value)
      }
      #expect(row.probabilities[row.label] == score.probabilities.max())
    }
    try expect(rows(["--text", "a panda"])[0], TextPair("a panda"))
    let pair = TextPair("a panda", "an animal")
    try expect(rows(["--text", "a panda", "--text-pair", "an animal"])[0], pair)
    let items = try file([#"{"text":"a panda","text_pair":"an animal"}"#, #"{"text":"a panda"}"#])
    let both = try rows(["--input", items.url.appending(path: "docs.jsonl").path])
    try expect(both[0], pair)
    try expect(both[1], TextPair("a panda"))
  }

  @Test func `rank lets a reranker put its best into order`() throws {
    struct Row: Decodable {
      struct Hit: Decodable {
        let score: Float
        let logit: Float?
        let text: String
      }
      let hits: [Hit]
    }
    let docs = try file(passages, "docs.txt")
    let run = try Command(
      "tessera",
      [
        "rank", "-m", Goldens.url("zoo/labse").path, "--rerank", model.path, "--format", "jsonl",
        "--among", docs.url.appending(path: "docs.txt").path, "--top", "2", query,
      ])
    #expect(run.status == 0, "\(run.errors)")
    let hits = try JSONDecoder().decode(Row.self, from: run.output).hits
    let own = try Reranker(modelFolder: model).rank(passages, for: query).prefix(2)
    #expect(hits.map(\.logit) == own.map(\.score.logit))
    #expect(hits.map(\.text) == own.map { passages[$0.index] })
  }

  @Test func `prompts are applied by their roles, and said`() throws {
    let docs = try file(passages, "docs.txt")
    let path = docs.url.appending(path: "docs.txt").path
    let prompts = Goldens.url("zoo/st-prompts")
    let run = try Command(
      "tessera",
      [
        "rank", "-m", prompts.path, "--format", "jsonl", "--among", path, "--top", "1",
        "whale",
      ])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("before each query stands the prompt query"))
    #expect(run.errors.contains("passage: "))
    let embedder = try Embedder(modelFolder: prompts)
    let asked = try embedder.encode(.text("whale", prompt: .query))
    let best = try passages.map {
      asked.similarity(to: try embedder.encode(.text($0, prompt: .document)))
    }.max()
    struct Row: Decodable {
      struct Hit: Decodable { let score: Float }
      let hits: [Hit]
    }
    let score = try JSONDecoder().decode(Row.self, from: run.output).hits[0].score
    #expect(abs(score - (best ?? 0)) < 1e-5)
    let items = try file([#"{"text":"whale","prompt":"whale: "}"#, #"{"text":"whale"}"#])
    let encoded = try Command(
      "tessera",
      [
        "encode", "-m", prompts.path, "--prompt", "document", "--input",
        items.url.appending(path: "docs.jsonl").path,
      ])
    struct Encoded: Decodable { let embedding: [Float] }
    let rows = try encoded.lines.map {
      try JSONDecoder().decode(Encoded.self, from: Data($0.utf8)).embedding
    }
    #expect(rows[0] == (try embedder.encode(.text("whale", prompt: .text("whale: "))).vector))
    #expect(rows[1] == (try embedder.encode(.text("whale", prompt: .text("passage: "))).vector))
  }
}
