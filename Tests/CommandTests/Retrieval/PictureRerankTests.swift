import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Pictures that vectors found, put into order by a model that reads each beside the query's words.
struct PictureRerankTests {
  private let folder: IndexFolder
  private let matcher = Goldens.url("zoo/blip-itm")
  private let query = "a photo of a cat"

  init() throws {
    folder = try IndexFolder()
    for number in ["000", "005", "012", "021"] {
      try folder.copyPicture(number, to: "\(number).webp")
    }
  }

  /// Names and logits, the best first, as the library has them.
  private func expected(
    _ reading: PixelReading = .reference
  ) throws -> [(name: String, logit: Float)] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.files).sorted()
    let matches = try PictureMatcher(modelFolder: matcher, options: .init(pixels: reading))
      .match(query, with: names.map { .file(URL(filePath: "\(folder.files)/\($0)")) })
    return try zip(names, matches).map { ($0, try $1.get().logit) }.sorted { $0.1 > $1.1 }
  }

  @Test func `search orders the pictures of an index`() throws {
    #expect(try folder.update().status == 0)
    let answer = try #require(
      try folder.answers(query, "--rerank", matcher.path, "-k", "3").first)
    let expected = try expected(.shown)
    #expect(
      answer.hits.map { URL(filePath: $0.id).lastPathComponent } == expected.prefix(3).map(\.name))
    #expect(zip(answer.hits, expected).allSatisfy { abs($0.score - $1.logit) < 1e-5 })
    let one = try #require(
      try folder.answers(query, "--rerank", matcher.path, "--candidates", "1", "-k", "1").first)
    #expect(try one.hits.map(\.id) == folder.answers(query, "-k", "1").first?.hits.map(\.id))
  }

  @Test func `search names a hit that has no picture, and one whose picture is gone`() throws {
    try folder.write("words.txt", "a cat")
    #expect(try folder.update().status == 0)
    let mixed = try folder.search(query, "--rerank", matcher.path)
    #expect(mixed.status == 1 && mixed.errors.contains("words.txt"), "\(mixed.errors)")
    #expect(mixed.errors.contains("kind = picture"))
    let chosen = try folder.search(query, "--rerank", matcher.path, "--where", "kind = picture")
    #expect(chosen.status == 0, "\(chosen.errors)")
    try folder.remove("005.webp")
    let gone = try folder.search(query, "--rerank", matcher.path, "--where", "kind = picture")
    #expect(gone.status == 1 && gone.errors.contains("005.webp"), "\(gone.errors)")
    let asked = try folder.search(
      "@\(Goldens.url("images/rgb.png").path)", "--rerank", matcher.path)
    #expect(asked.status == 1 && asked.errors.contains("reads texts"), "\(asked.errors)")
    let long = String(repeating: "a cat and ", count: 300)
    for options in [["--rerank", matcher.path], ["--plus", long]] {
      let asked = options[0] == "--plus" ? query : long
      let arguments = ["search", "--in", folder.index, "--where", "name = '000.webp'", asked]
      let run = try Command("tessera", arguments + options)
      let place = options[0] == "--plus" ? "an item of --plus" : "beside pictures"
      #expect(run.status == 0 && run.errors.contains("cut to the limit"), "\(run.errors)")
      #expect(run.errors.contains(place), "\(run.errors)")
    }
  }

  @Test func `rank orders pictures, and leaves texts behind them as they were`() throws {
    struct Row: Decodable {
      struct Hit: Decodable {
        let text: String?
        let image: String?
        let logit: Float?
      }
      let hits: [Hit]
    }
    let pictures = try FileManager.default.contentsOfDirectory(atPath: folder.files).sorted()
    let lines =
      [#"{"text": "a cat"}"#, #"{"text": "a red car"}"#]
      + pictures.map { #"{"image": "\#(folder.files)/\#($0)"}"# }
    let items = folder.temporary.path("items.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: items))
    func hits(_ options: String...) throws -> [Row.Hit] {
      let run = try Command(
        "tessera", ["rank", "--among", items, "--top", "9", "--format", "jsonl", query] + options)
      #expect(run.status == 0, "\(run.errors)")
      return try JSONDecoder().decode(Row.self, from: run.output).hits
    }
    let ordered = try hits("--rerank", matcher.path)
    let expected = try expected()
    let names = ordered.map { $0.image.map { URL(filePath: $0).lastPathComponent } }
    #expect(names == expected.map(\.name) + [nil, nil])
    #expect(zip(ordered, expected).allSatisfy { abs(($0.logit ?? .nan) - $1.logit) < 1e-5 })
    #expect(ordered.suffix(2).allSatisfy { $0.logit == nil })
    #expect(try ordered.suffix(2).map(\.text) == hits().filter { $0.text != nil }.map(\.text))
  }

  @Test func `a model that reads neither is refused`() throws {
    #expect(try folder.update().status == 0)
    let run = try folder.search(query, "--rerank", Goldens.url("zoo/blip-caption").path)
    #expect(run.status == 1 && run.errors.contains("tessera caption"), "\(run.errors)")
  }
}
