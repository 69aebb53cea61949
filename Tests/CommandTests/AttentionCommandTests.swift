import Foundation
import TesseraImages
import TesseraTestSupport
import Testing

/// `tessera attention`: what tokens look at, in numbers and in pictures.
@Suite struct AttentionCommandTests {
  private let model: String
  private let image = Goldens.url("images/rgb.png").path

  init() throws { model = try ConvertedModels.visualTinyEnglish.get().path }

  private func attention(_ arguments: [String]) throws -> Command {
    try Command("tessera", ["attention", "-m", model] + arguments)
  }

  @Test func `a table has a row a word, and no other output`() throws {
    let run = try attention(["--image", image, "--text", "blue whale", "--layer", "1:2"])
    #expect(run.status == 0 && run.errors.isEmpty)
    #expect(run.lines.count == 2 + 7)
    #expect(run.lines[0] == "bge_encoder.layer.1.attention.probs[head 2]")
    #expect(run.lines[2].hasPrefix("[CLS]") && run.lines[8].hasPrefix("[SEP]"))
  }

  @Test func `weights come as JSON`() throws {
    struct Weights: Decodable {
      let tokens: [String]
      let rows: [Int]
      let weights: [[Float]]
    }
    let run = try attention(
      ["--text", "blue whale", "--layer", "0", "--from", "blue", "--format", "json"])
    let found = try JSONDecoder().decode(Weights.self, from: run.output)
    #expect(found.tokens == ["[CLS]", "b", "##l", "##ue", "wh", "##ale", "[SEP]"])
    #expect(found.rows == [1, 2, 3])
    #expect(found.weights.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
  }

  @Test func `pictures are written`() throws {
    let folder = try TemporaryFolder()
    let pair = ["--image", image, "--text", "blue 鲸鱼"]
    #expect(try attention(pair + ["--layer", "2", "-o", folder.path("map.png")]).status == 0)
    let over = ["--layer", "2", "--over-image", "--from", "鲸鱼", "-o", folder.path("over.png")]
    #expect(try attention(pair + over).status == 0)
    let tower = ["--image", image, "--in", "image-tower", "--layer", "2:1", "--over-image"]
    #expect(try attention(tower + ["-o", folder.path("tower.png")]).status == 0)
    let map = try Raster(contentsOf: folder.path("map.png"))
    #expect(map.width > 23 * 24 && map.height > map.width)
    for name in ["over.png", "tower.png"] {
      #expect(try Raster(contentsOf: folder.path(name)).width >= 2 * 448)
    }
  }

  @Test func `a text that is cut is announced`() throws {
    let long = String(repeating: "whale ", count: 60)
    let run = try attention(["--image", image, "--text", long, "--layer", "0"])
    #expect(run.status == 0 && run.errors.contains("1 text was cut to the limit"))
  }

  @Test func `errors say what there is`() throws {
    let pair = ["--image", image, "--text", "blue whale"]
    for (arguments, status, message) in [
      (["--layer", "7"], 1, "no layer 7; there are 0 to 2"),
      (["--layer", "1:4"], 1, "no head 4; there are 0 to 3"),
      (["--layer", "1", "--from", "cat"], 1, "no token is \"cat\"; there are [CLS] b ##l"),
      (["--layer", "1", "--font", "missing.hex"], 1, "missing.hex"),
      (["--layer", "x"], 64, "--layer"), (["--layer", "1:"], 64, "--layer"),
      (["--layer", "-1"], 64, "layer"), (["--layer", "1", "-o", "map.jpg"], 64, "end with .png"),
      (["--layer", "1", "--over-image"], 64, "--output"),
    ] {
      let run = try attention(pair + arguments)
      #expect(run.status == Int32(status) && run.output.isEmpty, "\(arguments)")
      #expect(run.errors.contains(message), "\(run.errors)")
    }
    let text = try attention(["--text", "whale", "--layer", "0", "--in", "image-tower"])
    #expect(text.status == 1 && text.errors.contains("image-tower does not run"))
  }
}
