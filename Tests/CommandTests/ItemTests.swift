import Foundation
import TesseraTestSupport
import Testing

/// What a line or an argument of a command may be, and what of it comes back.
@Suite struct ItemTests {
  private let model: String

  init() throws { model = try ConvertedModels.visualTinyEnglish.get().path }

  private func rows(_ lines: String, _ arguments: [String] = ["encode"]) throws -> [[String: Any]] {
    let run = try Command(
      "tessera", arguments + ["-m", model, "--input", "-"], input: Data(lines.utf8))
    return try run.lines.map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func `only what a command writes itself is replaced`() throws {
    let line = #"{"text": "whale", "ids": [1], "embedding": 1, "index": 7, "label": "x"}"#
    let encoded = try rows(line)[0]
    #expect(encoded["index"] as? Int == 0)
    #expect(encoded["ids"] as? [Int] == [1])
    #expect((encoded["embedding"] as? [Double])?.count == 64)
    let tokenized = try rows(line, ["tokenize"])[0]
    #expect((tokenized["ids"] as? [Int])?.first == 2)
    #expect(tokenized["embedding"] as? Int == 1)
    #expect(tokenized["label"] as? String == "x")
  }

  @Test func `a repeated key is an error of its line`() throws {
    let rows = try rows(
      """
      {"id": 1, "text": "a", "text": "b"}
      {"id": 2, "text": "a", "x": 1, "x": 2}
      {"id": 3, "text": "a", "x": {"text": 1}}
      """)
    #expect((rows[0]["error"] as? String)?.contains("\"text\" twice") == true)
    #expect((rows[1]["error"] as? String)?.contains("line 2") == true)
    #expect(rows[1]["id"] as? Int == 2)
    #expect(rows[2]["error"] == nil && rows[2]["embedding"] != nil)
  }

  @Test(arguments: ["encode", "tokenize", "similarity", "classify"])
  func `an error has one wording, in the row and on standard error`(command: String) throws {
    let lines = "{\"text\": \"whale\"}\n{\"text\": 5}\n"
    let arguments =
      switch command {
      case "classify":
        [
          "-m", Goldens.url("clip-tiny").path, "--format", "jsonl", "--labels", "a,b",
          "--image", "/nowhere.png",
        ]
      case "similarity": ["-m", model, "--format", "json", "--input", "-"]
      default: ["-m", model, "--input", "-"]
      }
    let run = try Command("tessera", [command] + arguments, input: Data(lines.utf8))
    #expect(run.status == 1)
    let message = try #require(run.errors.split(separator: "\n").first).dropFirst("error: ".count)
    #expect(message.hasPrefix(command == "classify" ? "item 0: " : "line 2: "))
    #expect(run.text.contains("\"error\":\"\(message.replacing("\"", with: "\\\""))\""))
  }

  @Test func `paths with spaces, and texts behind them`() throws {
    let folder = try TemporaryFolder()
    let image = folder.path("my ü picture.png")
    try FileManager.default.copyItem(at: Goldens.url("images/rgb.png"), to: URL(filePath: image))
    let run = try Command(
      "tessera",
      [
        "similarity", "-m", model, "--format", "json", "@\(image)", "@\(image) whale",
        "@/no such.png whale",
      ])
    #expect(run.status == 1)
    #expect(run.text.contains("{\"index\":0,\"image\":\"\(image)\"},"))
    #expect(run.text.contains("{\"index\":1,\"text\":\"whale\",\"image\":\"\(image)\"},"))
    #expect(run.text.contains("\"text\":\"such.png whale\",\"image\":\"/no\""))
  }

  @Test func `an image is a file, not an address`() throws {
    let rows = try rows(#"{"image": "https://example.com/cat.png"}"#)
    #expect((rows[0]["error"] as? String)?.contains("nothing is fetched") == true)
  }

  @Test func `a table is one line an item, and steers no terminal`() throws {
    let run = try Command(
      "tessera", ["similarity", "-m", model, "a\u{1B}[31m\nb\u{2028}c", "whale"])
    #expect(run.lines.count == 3)
    #expect(run.lines[1].hasSuffix("a [31m b c"))
  }

  @Test func `tokenize says what it cut, and refuses a limit without room`() throws {
    let run = try Command(
      "tessera", ["tokenize", "-m", model, "--text", "blue whale \u{10400}", "--max-length", "3"])
    #expect(run.status == 0)
    #expect(run.errors.contains("of which 3 were read"))
    #expect(run.errors.contains("\u{10428}"))
    for limit in ["0", "1"] {
      let none = try Command(
        "tessera", ["tokenize", "-m", model, "--text", "whale", "--max-length", limit])
      #expect(none.status == 1)
      #expect(none.errors.contains("limit of \(limit) tokens"))
    }
  }

  @Test func `labels of a file from Windows, and a label that is cut`() throws {
    let folder = try TemporaryFolder()
    let long = Array(repeating: "whale", count: 100).joined(separator: " ")
    try Data("\u{FEFF}cat, big\r\n\r\n\(long)\r\n".utf8)
      .write(to: URL(filePath: folder.path("labels")))
    let run = try Command(
      "tessera",
      [
        "classify", "-m", Goldens.url("clip-tiny").path, "--format", "jsonl",
        "--labels-file", folder.path("labels"), "--image", Goldens.url("images/rgb.png").path,
      ])
    #expect(run.status == 0)
    #expect(run.text.contains("\"cat, big\":") && run.text.contains("whale\":"))
    #expect(run.errors.contains("1 text was cut") && run.errors.contains("77 were read"))
  }

  @Test func `a trace takes every kind of vector, and a failed item is a row`() throws {
    let folder = try TemporaryFolder()
    let m3 = try ConvertedModels.bgeM3Tiny.get().path
    let run = try Command(
      "tessera",
      [
        "encode", "-m", m3, "--text", "whale", "--return", "sparse,colbert", "--lexical-tokens",
        "--trace", folder.path("trace"), "--format", "base64",
      ])
    #expect(run.status == 0)
    #expect(
      run.text.contains("\"lexical_weights\":{\"") && run.text.contains("\"colbert_vecs\":[\""))
    #expect(FileManager.default.fileExists(atPath: folder.path("trace")))
    let failed = try Command(
      "tessera",
      ["encode", "-m", model, "--image", "/nowhere.png", "--trace", folder.path("none")])
    #expect(failed.status == 1)
    #expect(failed.text.hasPrefix("{\"index\":0") && failed.text.contains("\"error\""))
  }

  @Test func `an option that would do nothing is refused`() throws {
    let run = try Command(
      "tessera", ["encode", "-m", model, "--text", "a", "--lexical-tokens"])
    #expect(run.status == 64)
  }
}
