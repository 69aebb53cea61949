import Foundation
import TesseraCheckpoints
import TesseraTestSupport
import Testing

/// `tessera inspect` and `tessera diff`: what happens inside, beside PyTorch's hooks.
@Suite struct StudyCommandTests {
  private let model: String
  private let image = Goldens.url("images/rgb.png").path
  private let golden = Goldens.url("visual-tiny-en/trace-pair.safetensors").path

  private struct Row: Decodable {
    let name: String
    let shape: [Int]
    let mean: Double
    let deviation: Double
    let norm: Double
    let minimum: Float
    let maximum: Float
  }

  init() throws { model = try ConvertedModels.visualTinyEnglish.get().path }

  private func study(_ command: String, _ arguments: [String]) throws -> Command {
    try Command(
      "tessera", [command, "-m", model, "--image", image, "--text", "blue whale"] + arguments)
  }

  @Test func `statistics are those of PyTorch's stages`() throws {
    let run = try study("inspect", ["--format", "jsonl"])
    #expect(run.status == 0)
    let rows = try run.lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    let expected = try Goldens.tensors(at: URL(filePath: golden))
    #expect(Set(expected.keys).isSubset(of: Set(rows.map(\.name))))
    for row in rows {
      guard let tensor = expected[row.name] else { continue }
      let values = tensor.elements.map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      #expect(row.shape == tensor.shape, "\(row.name)")
      let found = [row.mean, row.deviation, row.norm, Double(row.minimum), Double(row.maximum)]
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let golden = [mean, variance.squareRoot(), norm, values.min() ?? 0, values.max() ?? 0]
      #expect(
        disagreement(found.map { Float($0) }, golden.map { Float($0) }, .activation) == nil,
        "\(row.name)")
    }
  }

  @Test func `patterns choose stages, and a table shows them`() throws {
    let run = try study("inspect", ["--layers", "bge_encoder.layer.*.attention.probs", "fusion"])
    #expect(run.status == 0)
    #expect(run.lines.count == 1 + 3 + 1)
    #expect(run.lines[1].contains("fusion") && run.lines[1].contains("[23, 64]"))
    #expect(run.lines.last?.contains("bge_encoder.layer.2.attention.probs") == true)
  }

  @Test func `saved stages are read back`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("stages.safetensors")
    #expect(try study("inspect", ["--save", file]).status == 0)
    let stages = try Goldens.tensors(at: URL(filePath: file))
    for (name, tensor) in try Goldens.tensors(at: URL(filePath: golden)) {
      expectNear(try #require(stages[name], "\(name)"), tensor, .activation, name)
    }
    let archive = folder.path("stages.npz")
    #expect(try study("inspect", ["--layers", "pixels", "--save", archive]).status == 0)
    let data = try Data(contentsOf: URL(filePath: archive))
    #expect(data.starts(with: Data("PK\u{3}\u{4}".utf8)))
    #expect(data.range(of: Data("'shape': (3, 64, 64,)".utf8)) != nil)
    #expect(try study("inspect", ["--save", "stages.txt"]).status == 64)
  }

  @Test func `a model equal to the reference has no difference`() throws {
    let run = try study("diff", ["--reference", golden])
    #expect(run.status == 0)
    #expect(run.lines.count == (try Goldens.tensors(at: URL(filePath: golden))).count)
    #expect(run.lines.allSatisfy { $0.hasPrefix("same") })
  }

  @Test func `the walk goes on with --all, and what was not compared is told`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("other.safetensors")
    let other = ["-m", model, "--image", image, "--text", "blue ship"]
    #expect(try Command("tessera", ["inspect"] + other + ["--save", file]).status == 0)
    let first = try study("diff", ["--reference", file])
    #expect(first.status == 1 && first.errors.isEmpty)
    #expect(first.lines.filter { $0.hasPrefix("DIFF") }.count == 1)
    let all = try study("diff", ["--reference", file, "--all"])
    #expect(all.status == 1 && all.lines.filter { $0.hasPrefix("DIFF") }.count > 10)
    let text = try Command(
      "tessera", ["diff", "-m", model, "--text", "blue ship", "--reference", golden, "--all"])
    #expect(text.errors.contains("names of the reference are no stage of this model"))
    #expect(try study("diff", ["--reference", file, "--atol", "nan"]).status == 64)
    #expect(try study("diff", ["--reference", file, "--rtol=-1"]).status == 64)
  }

  @Test func `a report is written`() throws {
    let folder = try TemporaryFolder()
    #expect(try study("inspect", ["--report", folder.path("a.html")]).status == 0)
    let page = try String(contentsOfFile: folder.path("a.html"), encoding: .utf8)
    #expect(page.hasPrefix("<!doctype html>") && page.contains("bge_encoder.layer.2.output"))
    #expect(try study("inspect", ["--report", "a.txt"]).status == 64)
    for (option, name) in [("--report", "a.html"), ("--save", "a.npz")] {
      let file = folder.path("missing/\(name)")
      let failed = try study("inspect", [option, file])
      #expect(failed.status == 1)
      #expect(failed.errors == "error: cannot create \(file): No such file or directory\n")
    }
  }

  @Test func `where NaN begins can be seen`() throws {
    let folder = try TemporaryFolder()
    let damaged = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: URL(filePath: model), to: damaged)
    let weights = damaged.appending(path: "model.safetensors")
    let tensor = try #require(
      SafetensorsFile(path: weights.path)["bge_encoder.layer.1.output.dense.bias"])
    var bytes = try Data(contentsOf: weights)
    bytes.replaceSubrange(tensor.byteOffset..<tensor.byteOffset + 2, with: [0x00, 0x7E])
    try bytes.write(to: weights)
    let item = ["-m", damaged.path, "--image", image, "--text", "whale"]
    let run = try Command("tessera", ["inspect"] + item + ["--report", folder.path("nan.html")])
    #expect(run.status == 0)
    let counts = run.lines.dropFirst().map { String($0.split(separator: " ").last ?? "") }
    let first = try #require(counts.firstIndex { $0 != "0" })
    #expect(run.lines[first + 1].hasPrefix("bge_encoder.layer.1.output.dense"))
    // One number of each of 20 tokens.
    #expect(counts[first] == "20")
    let trace = folder.path("trace.safetensors")
    let encoded = try Command("tessera", ["encode"] + item + ["--trace", trace])
    #expect(encoded.status == 1 && encoded.text.contains("\"error\""))
    #expect(FileManager.default.fileExists(atPath: trace))
    let difference = try Command("tessera", ["diff"] + item + ["--reference", trace])
    #expect(difference.lines.last?.hasPrefix("DIFF  bge_encoder.layer.1.output.dense") == true)
  }

  @Test func `a weight changed in one layer is found at that layer`() throws {
    let folder = try TemporaryFolder()
    let changed = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: URL(filePath: model), to: changed)
    let weights = changed.appending(path: "model.safetensors")
    let file = try SafetensorsFile(path: weights.path)
    let tensor = try #require(file["bge_encoder.layer.1.intermediate.dense.weight"])
    var bytes = try Data(contentsOf: weights)
    // One fp16 number becomes 8.
    bytes.replaceSubrange(tensor.byteOffset..<tensor.byteOffset + 2, with: [0x00, 0x48])
    try bytes.write(to: weights)
    let run = try Command(
      "tessera",
      ["diff", "-m", changed.path, "--image", image, "--text", "blue whale", "--reference", golden])
    #expect(run.status == 1)
    #expect(run.lines.last?.hasPrefix("DIFF  bge_encoder.layer.1.intermediate") == true)
    #expect(run.lines.filter { $0.hasPrefix("DIFF") }.count == 1)
  }
}
