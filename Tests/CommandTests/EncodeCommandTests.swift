import Foundation
import TesseraTestSupport
import Testing

/// `tessera encode` as a user runs it: the real executable on real files.
@Suite struct EncodeCommandTests {
  private let model: String
  private let image = Goldens.url("images/rgb.png").path
  private let expected: [[Float]]

  private struct Row: Decodable {
    let index: Int
    let id: String?
    let text: String?
    let image: String?
    let embedding: [Float]?
    let error: String?
  }

  init() throws {
    model = try ConvertedModels.visualTinyEnglish.get().path
    let tensors = try Goldens.tensors("visual-tiny-en/expected-embeddings.safetensors")
    // whale; rgb.png; rgb.png with whale.
    expected = try ["item.0", "item.6", "item.7"].map { try #require(tensors[$0]).elements }
  }

  private func encode(_ arguments: [String], input: String = "") throws -> Command {
    try Command("tessera", ["encode", "-m", model] + arguments, input: Data(input.utf8))
  }

  private func rows(_ command: Command) throws -> [Row] {
    try command.lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
  }

  private var threeItems: String {
    """
    {"text": "whale", "id": "a"}
    {"image": "\(image)"}
    {"text": "whale", "image": "\(image)", "price": 1.50}

    """
  }

  @Test func `a text, an image, and both`() throws {
    for (arguments, golden) in zip(
      [["--text", "whale"], ["--image", image], ["--image", image, "--text", "whale"]], expected)
    {
      let run = try encode(arguments)
      #expect(run.status == 0)
      #expect(run.errors.isEmpty)
      let row = try #require(try rows(run).first)
      #expect(row.index == 0)
      #expect(disagreement(row.embedding ?? [], golden, .embedding) == nil)
    }
  }

  @Test func `lines of a file, with their further fields`() throws {
    let run = try encode(["--input", "-"], input: threeItems)
    #expect(run.status == 0)
    let rows = try rows(run)
    #expect(rows.map(\.index) == [0, 1, 2])
    #expect(rows.map(\.id) == ["a", nil, nil])
    #expect(rows.map(\.text) == ["whale", nil, "whale"])
    #expect(run.lines[2].contains(#""price":1.50"#))
    for (row, golden) in zip(rows, expected) {
      #expect(disagreement(row.embedding ?? [], golden, .embedding) == nil)
    }
  }

  @Test func `rows can be encoded again`() throws {
    let once = try encode(["--input", "-"], input: threeItems)
    let twice = try encode(["--input", "-"], input: once.text)
    #expect(twice.status == 0)
    #expect(twice.text == once.text)
  }

  @Test func `a failed line is a row with an error, and the rest is done`() throws {
    var input = Data(#"{"text": "whale"}"#.utf8) + Data("\n".utf8)
    input += Data(#"{"text": "broken"#.utf8) + Data("\n".utf8)
    input += Data(#"{"text": ""#.utf8) + Data([0xFF, 0xFE]) + Data("\"}\n".utf8)
    input += Data(#"{"image": "/nowhere.png"}"#.utf8) + Data("\n\n".utf8)
    input += Data(#"{"caption": "no text"}"#.utf8) + Data("\r\n".utf8)
    input += Data(#"{"text": "whale"}"#.utf8)
    let run = try Command("tessera", ["encode", "-m", model, "--input", "-"], input: input)
    #expect(run.status == 1)
    let rows = try rows(run)
    #expect(rows.map(\.index) == [0, 1, 2, 3, 4, 5])
    #expect(rows.map { $0.error == nil } == [true, false, false, false, false, true])
    for (i, (line, what)) in [
      (2, "JSON"), (3, "UTF-8"), (4, "/nowhere.png"), (6, "\"text\""),
    ].enumerated() {
      let error = rows[i + 1].error ?? ""
      #expect(error.contains("line \(line)") && error.contains(what), "\(error)")
      #expect(run.errors.contains("line \(line)"))
    }
    #expect(rows[0].embedding == rows[5].embedding)
  }

  @Test func `npy and safetensors hold the same matrix`() throws {
    let folder = try TemporaryFolder()
    let bytes = expected.count * expected[0].count * 4
    for format in ["npy", "safetensors"] {
      let file = folder.path("out.\(format)")
      let toFile = try encode(["--input", "-", "--format", format, "-o", file], input: threeItems)
      #expect(toFile.status == 0)
      #expect(toFile.output.isEmpty)
      let data = try Data(contentsOf: URL(filePath: file))
      // A pipe cannot go back to write the header, so this is the other way of writing.
      let toPipe = try encode(["--input", "-", "--format", format], input: threeItems)
      #expect(toPipe.output == data)
      let values = Array(data.suffix(bytes)).withUnsafeBytes {
        Array($0.bindMemory(to: Float.self))
      }
      #expect(disagreement(values, expected.flatMap { $0 }, .embedding) == nil)
      if format == "npy" {
        #expect(data.starts(with: [0x93] + Array("NUMPY".utf8)))
        #expect(String(decoding: data.prefix(120), as: UTF8.self).contains("'shape': (3, 64)"))
        #expect((data.count - bytes).isMultiple(of: 64))
      } else {
        let tensors = try Goldens.tensors(at: URL(filePath: file))
        #expect(tensors["embeddings"]?.shape == [3, 64])
      }
    }
  }

  @Test func `an item that failed is a row of NaN in a matrix`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("out.safetensors")
    let run = try encode(
      ["--input", "-", "--format", "safetensors", "-o", file],
      input: "{\"text\": \"whale\"}\n{\"image\": \"/nowhere\"}\n{\"text\": \"whale\"}\n")
    #expect(run.status == 1)
    let matrix = try #require(try Goldens.tensors(at: URL(filePath: file))["embeddings"])
    #expect(matrix.shape == [3, 64])
    let missing = matrix.row(1).elements
    #expect(missing.filter(\.isNaN).count == 64)
    #expect(matrix.row(2).elements == matrix.row(0).elements)
  }

  @Test func `base64 holds the same numbers`() throws {
    struct Encoded: Decodable { let embedding: Data }
    let plain = try rows(encode(["--text", "whale"]))[0].embedding
    let run = try encode(["--text", "whale", "--format", "base64"])
    let data = try JSONDecoder().decode(Encoded.self, from: run.output).embedding
    #expect(Array(data).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == plain)
  }

  @Test func `json is one array`() throws {
    let run = try encode(["--input", "-", "--format", "json"], input: threeItems)
    #expect(try JSONDecoder().decode([Row].self, from: run.output).count == 3)
    let none = try encode(["--input", "-", "--format", "json"])
    #expect(try JSONDecoder().decode([Row].self, from: none.output).isEmpty)
  }

  @Test func `a trace holds every stage by PyTorch's path`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("trace.safetensors")
    let run = try encode(["--image", image, "--text", "blue whale", "--trace", file])
    #expect(run.status == 0)
    let stages = try Goldens.tensors(at: URL(filePath: file))
    let golden = try Goldens.tensors("visual-tiny-en/trace-pair.safetensors")
    #expect(!golden.isEmpty)
    for (name, tensor) in golden {
      expectNear(try #require(stages[name], "\(name)"), tensor, .activation, name)
    }
  }

  @Test func `what is cut, and what the vocabulary lacks, is announced once`() throws {
    let long = Array(repeating: "whale", count: 100).joined(separator: " ")
    let run = try encode(
      ["--input", "-"],
      input:
        "{\"text\": \"\(long)\"}\n{\"text\": \"\(long)\"}\n{\"text\": \"\u{10400} \u{10401}\"}\n")
    #expect(run.status == 0)
    let notes = run.errors.split(separator: "\n")
    #expect(notes.count == 2)
    #expect(notes[0].contains("2 texts were cut") && notes[0].contains("64 were read"))
    #expect(notes[1].contains("2 words") && notes[1].contains("line 3"))
  }

  @Test func `wrong arguments end with 64, wrong files with 1`() throws {
    let wrong: [[String]] = [
      [], ["--text", "a", "--input", "-"], ["--text", "a", "--format", "xml"],
      ["--text", "a", "--threads", "0"], ["--text", "a", "--precision", "float8"],
      ["--input", "-", "--trace", "t"], ["--text", "a", "--return", "sparse", "--format", "npy"],
    ]
    for arguments in wrong {
      let run = try encode(arguments)
      #expect(run.status == 64, "\(arguments)")
      #expect(run.output.isEmpty)
    }
    let folder = try TemporaryFolder()
    for missing in ["/no/such/model", folder.url.path] {
      let run = try Command("tessera", ["encode", "-m", missing, "--text", "a"])
      #expect(run.status == 1)
      #expect(run.errors.hasPrefix("error: ") && run.errors.contains(missing))
    }
    let noInput = try encode(["--input", folder.path("none.jsonl")])
    #expect(noInput.status == 1)
    #expect(noInput.errors.contains("none.jsonl"))
  }

  #if os(Linux)
    @Test func `a full disk is an error that names the file`() throws {
      for format in ["jsonl", "npy", "safetensors"] {
        let run = try encode(["--text", "whale", "--format", format, "-o", "/dev/full"])
        #expect(run.status == 1)
        #expect(run.errors.contains("/dev/full") && run.errors.contains("No space left"))
      }
      let toOutput = try Command(
        "tessera", ["encode", "-m", model, "--text", "whale"], output: "/dev/full")
      #expect(toOutput.status == 1)
      #expect(toOutput.errors.contains("No space left"))
    }
  #endif

  @Test func `a pipe that closes ends the run quietly`() throws {
    let tessera = Command.url("tessera").path
    let many = String(repeating: "{\"text\": \"whale\"}\n", count: 500)
    let shell = try Command.run(
      URL(filePath: "/bin/bash"),
      ["-c", "'\(tessera)' encode -m '\(model)' --input - | head -n 1; echo ${PIPESTATUS[0]}"],
      input: Data(many.utf8))
    #expect(shell.lines.count == 2)
    #expect(shell.lines.last == "141")
    #expect(shell.errors.isEmpty)
  }
}
