import Foundation
import TesseraTestSupport
import Testing

/// Which model runs when `-m` is left out, and `tessera rank`, which most need it for.
@Suite struct DefaultModelTests {
  @Test func `without a word, the picture book`() throws {
    let run = try Command("tessera", ["tokenize", "--text", "蓝鲸"])
    #expect(run.status == 0)
    #expect(run.text.contains(#""tokens":["[CLS]","蓝","鲸","[SEP]"]"#))
    #expect(run.errors.contains("the model is the picture book"))
  }

  @Test func `the environment names another, and -m wins`() throws {
    let environment = ["TESSERA_MODEL": "/nowhere"]
    let named = try Command("tessera", ["tokenize", "--text", "a"], environment: environment)
    #expect(named.status == 1)
    #expect(named.errors.contains("the model is /nowhere, as TESSERA_MODEL says"))
    let model = try ConvertedModels.visualTinyEnglish.get().path
    let chosen = try Command(
      "tessera", ["tokenize", "-m", model, "--text", "a"], environment: environment)
    #expect(chosen.status == 0)
    #expect(chosen.errors.isEmpty)
    let empty = try Command(
      "tessera", ["tokenize", "--text", "a"], environment: ["TESSERA_MODEL": ""])
    #expect(empty.errors.contains("the model is the picture book"))
  }

  @Test func `an executable without its bundle says what is missing`() throws {
    let folder = try TemporaryFolder()
    let alone = folder.url.appending(path: "tessera")
    try FileManager.default.copyItem(at: Command.url("tessera"), to: alone)
    let run = try Command.run(alone, ["tokenize", "--text", "a"])
    #expect(run.status == 1)
    #expect(run.errors.contains("expected Tessera_TesseraPictureBook.resources"))
    #expect(run.output.isEmpty)
  }
}

@Suite struct RankCommandTests {
  private let folder: TemporaryFolder
  private let items: String

  private struct Answer: Decodable {
    struct Hit: Decodable {
      let index: Int
      let score: Float
      let text: String?
      let name: String?
    }
    let index: Int
    let hits: [Hit]
    let error: String?
  }

  init() throws {
    folder = try TemporaryFolder()
    items = folder.path("items.jsonl")
    let lines = ["a red car", "a blue whale at sea", "a green tree in a meadow", "a red car"]
    try lines.map { #"{"text":"\#($0)","name":"\#($0.prefix(5))"}"# }.joined(separator: "\n")
      .write(toFile: items, atomically: true, encoding: .utf8)
  }

  private func answers(_ run: Command) throws -> [Answer] {
    try run.lines.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
  }

  @Test func `the nearest first, and of equals the earlier`() throws {
    let run = try Command(
      "tessera",
      [
        "rank", "--among", items, "--format", "jsonl", "--top", "2", "a red car", "海里的一条蓝色的鲸鱼",
      ])
    #expect(run.status == 0)
    let answers = try answers(run)
    #expect(answers.map { $0.hits.count } == [2, 2])
    #expect(answers[0].hits.map(\.index) == [0, 3])
    #expect(answers[0].hits[0].score == answers[0].hits[1].score)
    #expect(answers[1].hits[0].text == "a blue whale at sea")
    #expect(answers[1].hits[0].name == "a blu")
    #expect(answers[1].hits[0].score > answers[1].hits[1].score)
  }

  @Test func `a table for people`() throws {
    let query = "a green tree in a meadow"
    let run = try Command("tessera", ["rank", "--among", items, "--top", "9", query])
    #expect(run.status == 0)
    #expect(run.lines.count == 5)
    #expect(run.lines[0] == "a green tree in a meadow")
    #expect(run.lines[1] == "    1   1.0000  a green tree in a meadow")
  }

  @Test func `what fails is told, and the rest is done`() throws {
    try #"{"text":"a red car"}\#n{"image":"/nowhere.png"}"#
      .write(toFile: items, atomically: true, encoding: .utf8)
    let run = try Command(
      "tessera", ["rank", "--among", items, "--format", "jsonl", "@/nowhere.png", "car"])
    #expect(run.status == 1)
    let answers = try answers(run)
    #expect(answers.map { $0.hits.count } == [0, 1])
    #expect(answers[0].error?.contains("/nowhere.png") == true && answers[1].error == nil)
    #expect(run.errors.contains("line 2"))
  }

  @Test func `wrong arguments`() throws {
    for arguments in [["--among", items], ["car"], ["--among", items, "--top", "0", "car"]] {
      #expect(try Command("tessera", ["rank"] + arguments).status == 64, "\(arguments)")
    }
  }
}
