import Foundation
import TesseraTestSupport
import Testing

/// `tessera plan`, `tessera explain` and `tessera inspect --tree`, as a user sees them.
@Suite struct PlanAndExplainCommandTests {
  private let model: String
  private let image = Goldens.url("images/rgb.png").path

  init() throws { model = try ConvertedModels.visualTinyEnglish.get().path }

  private func object(_ run: Command) throws -> [String: Any] {
    #expect(run.status == 0, "\(run.errors)")
    return try #require(JSONSerialization.jsonObject(with: run.output) as? [String: Any])
  }

  @Test func `a plan shows rows, unknown words and what is cut`() throws {
    let run = try Command(
      "tessera", ["plan", "-m", model, "--max-length", "6", "@\(image) blue \u{10400} whales"])
    #expect(run.status == 0)
    #expect(
      run.lines.contains { $0.hasSuffix("1…16       1…16  image: 4 × 4 patches, row by row") })
    #expect(run.text.contains("not in the vocabulary: \u{10428}"))
    #expect(run.text.contains("cut: ") && run.text.contains("whales"))
  }

  @Test func `a plan needs no weights`() throws {
    let folder = try TemporaryFolder()
    let bare = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: URL(filePath: model), to: bare)
    try FileManager.default.removeItem(at: bare.appending(path: "model.safetensors"))
    let items = ["@\(image) blue whale", "a boat"]
    let run = try Command("tessera", ["plan", "-m", bare.path] + items)
    let whole = try Command("tessera", ["plan", "-m", model] + items)
    #expect(run.status == 0 && run.errors.isEmpty && run.output == whole.output)
    #expect(try Command("tessera", ["explain", "-m", bare.path] + items).status == 1)
  }

  @Test func `an explanation says what it did not read`() throws {
    let long = String(repeating: "whale ", count: 900)
    let run = try Command("tessera", ["explain", "-m", model, "--words", "2", long, "boat"])
    #expect(run.status == 0 && run.errors.contains("cut to the limit"), "\(run.errors)")
    #expect(run.errors.contains("item 0 has"))
  }

  @Test func `two inputs that read alike have no difference`() throws {
    let same = try Command("tessera", ["plan", "-m", model, "\u{10400}", "\u{10401}"])
    #expect(same.lines.last?.hasPrefix("difference: none") == true)
    let other = try Command("tessera", ["plan", "-m", model, "blue whale", "whale"])
    #expect(other.lines.suffix(2) == ["  [0] rows 1…3: b ##l ##ue", "  [1] nothing"])
    let json = try object(
      Command(
        "tessera",
        ["plan", "-m", model, "--format", "json", "@\(image) blue", "@\(image) whale"]))
    let items = try #require(json["items"] as? [[String: Any]])
    #expect(items.count == 2 && items[0]["row_count"] as? Int == 21)
    let rows = try #require(items[0]["rows"] as? [[String: Any]])
    #expect(
      rows.map { $0["kind"] as? String } == [
        "special", "image", "token", "token", "token", "special",
      ])
    #expect(rows[1]["rows"] as? [Int] == [1, 17])
    let difference = try #require(json["difference"] as? [String: Any])
    #expect(difference["none"] as? Bool == false)
    #expect(difference["first_rows"] as? [Int] == [17, 20])
  }

  @Test func `an explanation has terms, influence and shares`() throws {
    let run = try Command(
      "tessera", ["explain", "-m", model, "@\(image) blue whale", "a boat"])
    // Progress is for terminals.
    #expect(run.status == 0 && run.errors.isEmpty)
    for part in ["terms of the cosine", "residual", "left out", "share of the effect", "mean"] {
      #expect(run.text.contains(part), "\(part)")
    }
    let json = try object(
      Command(
        "tessera",
        [
          "explain", "-m", model, "--format", "json", "--groups", "3", "--patches", "1",
          "@\(image) blue whale", "a boat",
        ]))
    #expect((json["dimension_groups"] as? [Any])?.count == 3)
    let items = try #require(json["items"] as? [[String: Any]])
    let terms = try #require(items[0]["contributions"] as? [String: Any])
    #expect(abs(terms["residual"] as? Double ?? 1) < 1e-5)
    #expect((items[0]["left_out"] as? [Any])?.count == 2 + 1)
    let fusion = try #require(items[0]["fusion"] as? [String: Any])
    #expect(fusion["image_share"] as? Double ?? 0 > 0)
    #expect(items[1]["fusion"] == nil)
  }

  @Test func `a tree has modules, and needs no item`() throws {
    let run = try Command("tessera", ["inspect", "-m", model, "--tree"])
    #expect(run.status == 0)
    #expect(run.lines.contains { $0.contains("0…2 ×3") })
    #expect(run.lines.last?.hasPrefix("in all") == true)
    let json = try object(
      Command("tessera", ["inspect", "-m", model, "--tree", "--format", "jsonl", "--text", "a"]))
    #expect((json["input"] as? [String: Any])?["image"] as? Bool == false)
  }

  @Test func `wrong arguments are told from failures`() throws {
    #expect(try Command("tessera", ["plan", "-m", model]).status == 64)
    #expect(try Command("tessera", ["explain", "-m", model, "one"]).status == 64)
    #expect(
      try Command("tessera", ["explain", "-m", model, "a", "b", "--groups", "0"]).status == 64)
    let missing = try Command("tessera", ["plan", "-m", model, "@/nowhere.png whale"])
    #expect(missing.status == 1 && missing.errors.contains("/nowhere.png"))
    let clip = try Command(
      "tessera", ["explain", "-m", Goldens.url("clip-tiny").path, "@\(image) a", "b"])
    #expect(clip.status == 1 && clip.errors.contains("no vector of both"))
  }
}
