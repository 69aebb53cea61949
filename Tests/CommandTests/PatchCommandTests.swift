import Foundation
import TesseraTestSupport
import Testing

/// `tessera inspect --patch`.
@Suite struct PatchCommandTests {
  private let model: String
  private let image = Goldens.url("images/rgb.png").path

  private struct Report: Decodable {
    struct Comparison: Decodable {
      let text: String?
      let before: Float
      let after: Float
    }
    let patches: [String]
    let cosine: Float
    let changeNorm: Float
    let compare: [Comparison]

    enum CodingKeys: String, CodingKey {
      case patches, cosine, compare
      case changeNorm = "change_norm"
    }
  }

  init() throws { model = try ConvertedModels.visualTinyEnglish.get().path }

  private func inspect(_ arguments: [String]) throws -> Command {
    try Command(
      "tessera", ["inspect", "-m", model, "--image", image, "--text", "blue whale"] + arguments)
  }

  private func report(_ patches: [String], _ rest: [String] = []) throws -> Report {
    let run = try inspect(["--format", "jsonl"] + patches.flatMap { ["--patch", $0] } + rest)
    #expect(run.status == 0, "\(run.errors)")
    return try JSONDecoder().decode(Report.self, from: Data((run.lines.last ?? "").utf8))
  }

  @Test func `stages from a file of the same run change nothing`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("stages.safetensors")
    #expect(try inspect(["--save", file]).status == 0)
    let same = try report(["*=\(file)"])
    #expect(same.cosine == 1 && same.changeNorm == 0)
  }

  @Test func `numbers, factors and other inputs move the vector`() throws {
    let probs = "bge_encoder.layer.1.attention.probs[head 3]"
    let zero = try report(["\(probs)=0"], ["--compare", "whale", "@\(image)"])
    #expect(zero.changeNorm > 1e-3 && zero.cosine < 1 && zero.patches == ["\(probs)=0"])
    #expect(zero.compare.count == 2 && zero.compare[0].before != zero.compare[0].after)
    #expect(try report(["\(probs)=*0"]).changeNorm == zero.changeNorm)
    #expect(try report(["\(probs)=scale 1"]).changeNorm == 0)
    // The class token stands first and reads no neighbour before the first layer.
    #expect(try report(["fusion[token 0]=from text:a boat"]).changeNorm == 0)
    #expect(try report(["bge_encoder.layer.0[token 0]=from text:a boat"]).changeNorm > 1e-3)
    #expect(try report(["pixels=from @\(image)"]).changeNorm == 0)
    #expect(try report(["pixels=from image:\(image)"]).changeNorm == 0)
  }

  @Test func `a table shows cosine, change and similarities`() throws {
    let run = try inspect(["--patch", "fusion[token 1:17]=0", "--compare", "whale"])
    #expect(run.status == 0)
    #expect(run.lines.count == 4)
    #expect(run.lines[1].hasPrefix("vector  cosine of before and after 0."))
    #expect(run.lines[3].hasSuffix("  whale"))
    let stages = try inspect(["--patch", "fusion=0", "--layers", "fusion"])
    #expect(stages.lines.count == 4 && stages.lines[1].contains("100.0 %"))
  }

  @Test(arguments: [
    "fusion", "=0", "fusion=", "fusion=nan", "fusion=inf", "fusion[0=1", "fusion[x y z]=0",
    "fusion=other.bin",
  ])
  func `what is no patch is a wrong argument`(patch: String) throws {
    let run = try inspect(["--patch", patch])
    #expect(run.status == 64)
    #expect(run.errors.contains("--patch expected"))
  }

  @Test func `stages and places that are not there end the run`() throws {
    let stage = try inspect(["--patch", "fusions=0"])
    #expect(stage.status == 1 && stage.errors.contains("the nearest are fusion"))
    let place = try inspect(["--patch", "fusion[token 23]=0"])
    #expect(place.status == 1 && place.errors.contains("0..<23"))
    let shape = try inspect(["--patch", "fusion=from text:whale"])
    #expect(shape.status == 1 && shape.errors.contains("shape [23, 64]"))
    #expect(try inspect(["--compare", "whale"]).status == 64)
  }
}
