import Foundation
import TesseraTestSupport
import Testing

@Suite struct WritingCommandTests {
  private let captioner = Goldens.url("zoo/blip-caption").path
  private let answerer = Goldens.url("zoo/blip-vqa").path
  private let images = Goldens.url("images")

  private struct Row: Decodable {
    let index: Int
    let image: String?
    let caption: String?
    let question: String?
    let answer: String?
    let probability: Double?
    let error: String?
    let tag: String?
  }

  private func rows(_ run: Command) throws -> [Row] {
    try run.lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
  }

  @Test func `captions are rows, and a failed picture is one with an error`() throws {
    let run = try Command(
      "tessera",
      ["caption", "-m", captioner, "--image", images.path + "/rgb.png", "nothing.png"]
        + ["--prompt", "a photo of", "--beams", "3", "--max-new-tokens", "5", "--quiet"])
    #expect(run.status == 1)
    let rows = try rows(run)
    #expect(rows.count == 2)
    #expect(rows[0].index == 0 && rows[0].image == images.path + "/rgb.png")
    #expect(rows[0].caption?.hasPrefix("a photo of ") == true && rows[0].error == nil)
    #expect(rows[1].error?.contains("nothing.png") == true && rows[1].caption == nil)
    #expect(run.errors.contains("nothing.png"))
  }

  @Test func `lines of a file keep their fields, and bring their own prompt`() throws {
    let input = """
      {"image": "\(images.path)/tall.png", "tag": "a"}
      {"image": "\(images.path)/tall.png", "text": "a photo of", "tag": "b"}
      {"text": "no picture"}
      """
    let run = try Command(
      "tessera", ["caption", "-m", captioner, "--input", "-"], input: Data(input.utf8))
    let rows = try rows(run)
    #expect(run.status == 1 && rows.count == 3)
    #expect(rows[0].tag == "a" && rows[1].tag == "b")
    #expect(rows[0].caption != nil && rows[0].caption != rows[1].caption)
    #expect(rows[2].error?.contains("image") == true)
  }

  @Test func `a model that chats tells where it came to its limit`() throws {
    let chat = Goldens.url("zoo/smolvlm").path
    let picture = ["--image", images.path + "/rgb.png", "--max-new-tokens", "3"]
    for arguments in [
      ["caption", "-m", chat] + picture, ["answer", "-m", chat] + picture + ["who?"],
    ] {
      let rows = try Command("tessera", arguments)
      #expect(rows.status == 0 && rows.text.contains(#""end":"length""#), "\(rows.text)")
      let text = try Command("tessera", arguments + ["--format", "text"])
      #expect(text.errors.contains("limit of its tokens (3)"), "\(text.errors)")
    }
    let writer = try Command("tessera", ["caption", "-m", captioner] + picture)
    #expect(writer.status == 0 && !writer.text.contains("\"end\""))
  }

  @Test func `each question is asked about each picture`() throws {
    let pictures = ["rgb.png", "tall.png"].flatMap { ["--image", images.path + "/" + $0] }
    let run = try Command(
      "tessera", ["answer", "-m", answerer] + pictures + ["what colour?", "who?"])
    #expect(run.status == 0, "\(run.errors)")
    let rows = try rows(run)
    #expect(rows.map(\.index) == [0, 1, 2, 3])
    #expect(rows.map(\.question) == ["what colour?", "who?", "what colour?", "who?"])
    #expect(rows.allSatisfy { $0.answer != nil && $0.image != nil })
    let line = #"{"image": "\#(images.path)/tall.png", "question": "who?", "tag": "x"}"#
    let again = try self.rows(
      Command("tessera", ["answer", "-m", answerer, "--input", "-"], input: Data(line.utf8)))
    #expect(again[0].answer == rows[3].answer && again[0].tag == "x")
  }

  @Test func `a model of another use is refused with the command that uses it`() throws {
    for (arguments, command) in [
      (["encode", "-m", captioner, "--text", "a"], "tessera caption"),
      (["caption", "-m", answerer, "--image", "a.png"], "tessera answer"),
      (["answer", "-m", captioner, "--image", "a.png", "who?"], "tessera caption"),
    ] {
      let run = try Command("tessera", arguments)
      #expect(run.status == 1 && run.errors.contains(command), "\(run.errors)")
    }
    let bad = try Command("tessera", ["caption", "-m", captioner])
    #expect(bad.status == 64)
  }

  @Test func `a trace holds what the words looked at`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("trace.safetensors")
    let run = try Command(
      "tessera",
      ["caption", "-m", captioner, "--image", images.path + "/rgb.png", "--trace", file])
    #expect(run.status == 0, "\(run.errors)")
    let stages = try Goldens.tensors(at: URL(filePath: file))
    let probs = try #require(stages["text_decoder.bert.encoder.layer.1.crossattention.probs"])
    // Four heads, twenty tokens that were read, sixteen patches and a class token.
    #expect(probs.shape == [4, 20, 17])
  }

  @Test func `a trace of an answer holds its question too, and is of one`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("trace.safetensors")
    let image = ["--image", images.path + "/rgb.png"]
    let run = try Command(
      "tessera", ["answer", "-m", answerer, "--trace", file] + image + ["who?"])
    #expect(run.status == 0, "\(run.errors)")
    let stages = try Goldens.tensors(at: URL(filePath: file))
    for stack in ["text_encoder", "text_decoder.bert"] {
      #expect(stages["\(stack).encoder.layer.1.crossattention.probs"] != nil, "\(stack)")
    }
    let plain = try Command("tessera", ["answer", "-m", answerer] + image + ["who?"])
    #expect(plain.text == run.text)
    for more in [["what?"], image] {
      let two = try Command(
        "tessera", ["answer", "-m", answerer, "--trace", file] + image + ["who?"] + more)
      #expect(two.status == 64 && two.errors.contains("--trace"), "\(two.errors)")
    }
    let all = try Command(
      "tessera", ["caption", "-m", captioner, "--trace", file, "--image", images.path])
    #expect(all.status == 64 && all.errors.contains("one image"), "\(all.errors)")
  }

  @Test func `attention shows which patches made each word of an answer`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("map.png")
    let arguments =
      ["attention", "-m", answerer, "--image", images.path + "/rgb.png", "--text", "what colour?"]
      + ["--layer", "1:2", "--format", "json"]
    let run = try Command("tessera", arguments)
    #expect(run.status == 0 && run.errors.contains("the answer is \""), "\(run.errors)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    let rows = try #require(object["weights"] as? [[Double]])
    let tokens = try #require(object["tokens"] as? [String])
    #expect(rows.count > 4 && tokens.contains("0,0") && tokens.last != "0,0")
    #expect(rows.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
    let drawn = try Command("tessera", arguments + ["--from", "what", "--over-image", "-o", file])
    #expect(drawn.status == 0, "\(drawn.errors)")
    #expect(FileManager.default.fileExists(atPath: file))
    let none = try Command(
      "tessera",
      ["attention", "-m", answerer, "--image", images.path + "/rgb.png", "--layer", "0"])
    #expect(none.status == 1 && none.errors.contains("question"), "\(none.errors)")
  }

  @Test func `attention shows which patches made each word of a caption`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("map.png")
    let run = try Command(
      "tessera",
      ["attention", "-m", captioner, "--image", images.path + "/rgb.png", "--text", "a photo of"]
        + ["--layer", "1:2", "--from", "photo", "--over-image", "-o", file, "--format", "json"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("the caption is \"a photo of"))
    let object = try #require(
      try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    let rows = try #require(object["weights"] as? [[Double]])
    #expect(!rows.isEmpty && rows.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
    #expect(FileManager.default.fileExists(atPath: file))
  }

  @Test func `each text is matched with each picture`() throws {
    let pictures = ["rgb.png", "nothing.png"].flatMap { ["--image", images.path + "/" + $0] }
    let run = try Command(
      "tessera",
      ["match", "-m", Goldens.url("zoo/blip-itm").path] + pictures + ["a photo of a cat", "鲸鱼 蓝鲸"])
    #expect(run.status == 1)
    let rows = try rows(run)
    #expect(rows.map(\.index) == [0, 1, 2, 3])
    let probabilities = rows.compactMap(\.probability)
    #expect(probabilities.count == 2)
    #expect(zip(probabilities, [0.684254, 0.455200]).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(rows[2].error != nil && rows[3].error != nil)
  }
}
