import Foundation
import TesseraTestSupport
import Testing

/// An index with all that BGE-M3 gives, and the searches that it allows.
struct ModesTests {
  private let folder: IndexFolder
  private let model: String
  private static let texts = ["a blue whale", "the red car at night", "海里的鲸鱼", "blue blue sky"]

  init() throws {
    folder = try IndexFolder()
    model = try ConvertedModels.bgeM3Tiny.get().path
    for (number, text) in Self.texts.enumerated() { try folder.write("\(number).txt", text) }
  }

  private func index(_ kinds: String = "dense,sparse,colbert") throws -> Command {
    try folder.update("-m", model, "--return", kinds)
  }

  @Test(arguments: ["sparse", "colbert", "hybrid"])
  func `scores are those of similarity`(mode: String) throws {
    let made = try index()
    #expect(made.status == 0, "\(made.errors)")
    let query = "a blue car"
    let answer = try #require(try folder.answers(query, "--mode", mode, "-k", "9").first)
    #expect(answer.hits.count == (mode == "sparse" ? answer.hits.count : 4))
    #expect(!answer.hits.isEmpty)
    for hit in answer.hits {
      struct Pair: Decodable { let similarity: [[Float]] }
      let pair = try Command(
        "tessera",
        ["similarity", "-m", model, "--mode", mode, "--format", "json", query, hit.text ?? ""])
      let score = try JSONDecoder().decode(Pair.self, from: pair.output).similarity[0][1]
      #expect(abs(score - hit.score) < 1e-5, "\(mode): \(hit)")
    }
  }

  @Test func `a second look by tokens orders the first hits again`() throws {
    #expect(try index().status == 0)
    let tokens = try #require(try folder.answers("a blue car", "--mode", "colbert").first)
    let again = try #require(
      try folder.answers("a blue car", "--rerank", "colbert", "--candidates", "4").first)
    #expect(again.hits.map(\.id) == tokens.hits.map(\.id))
    #expect(again.hits.map(\.score) == tokens.hits.map(\.score))
    let one = try #require(
      try folder.answers("a blue car", "--rerank", "colbert", "--candidates", "1", "-k", "1").first)
    let dense = try #require(try folder.answers("a blue car", "-k", "1").first)
    #expect(one.hits.map(\.id) == dense.hits.map(\.id))
  }

  @Test func `the first run decides, and reindex changes it`() throws {
    #expect(try folder.update("-m", model).status == 0)
    let none = try folder.search("whale", "--mode", "sparse")
    #expect(none.status == 1 && none.errors.contains("reindex --return dense,sparse"))
    let hybrid = try folder.search("whale", "--mode", "hybrid")
    #expect(hybrid.status == 1 && hybrid.errors.contains("has no sparse vectors"))
    let other = try index()
    #expect(other.status == 64 && other.errors.contains("tessera store reindex --return"))
    #expect(try folder.store("reindex", "--return", "dense,sparse").status == 0)
    #expect(try folder.search("whale", "--mode", "sparse").status == 0)
    #expect(try folder.store("verify").status == 0)
    // A file that moved keeps all its vectors.
    try FileManager.default.moveItem(
      atPath: "\(folder.files)/0.txt", toPath: "\(folder.files)/9.txt")
    #expect(try folder.update("--prune").status == 0)
    let moved = try #require(try folder.answers("a blue whale", "--mode", "sparse").first)
    #expect(moved.hits.contains { $0.path?.hasSuffix("9.txt") == true })
    let few = try Command(
      "tessera",
      ["index", folder.files, "--into", folder.temporary.path("p.tessera"), "--return", "sparse"])
    #expect(few.status == 64)
    let poor = try Command(
      "tessera",
      [
        "index", folder.files, "--into", folder.temporary.path("q.tessera"), "--return",
        "dense,sparse",
      ])
    #expect(poor.status == 1 && poor.errors.contains("no sparse vectors"))
  }

  @Test(arguments: [
    ["--mode", "sparse", "--plus", "car"], ["--mode", "sparse", "--calibrate"],
    ["--reciprocal-ranks"],
    ["--candidates", "3"], ["--explain", "--minus", "car"],
    ["--explain", "--format", "trec"],
  ]) func `what does not go together is refused`(arguments: [String]) throws {
    #expect(try index().status == 0)
    let run = try Command("tessera", ["search", "--in", folder.index, "whale"] + arguments)
    #expect(run.status == 64, "\(run.errors)")
  }
}

/// What a hit rests on, and how its picture was read.
struct HitPictureTests {
  private let folder: IndexFolder

  init() throws {
    folder = try IndexFolder()
    try folder.copyPicture("000", to: "whale.webp")
    try folder.copyPicture("021", to: "car.webp")
    try folder.write("words.txt", "a blue whale at night")
  }

  @Test func `words and patches that carry a hit are told`() throws {
    #expect(try folder.update().status == 0)
    let lines = try folder.search("a blue whale", "--explain", "--format", "jsonl", "-k", "2")
    #expect(lines.status == 0, "\(lines.errors)")
    let text = lines.text
    #expect(text.contains("\"because\":{\"cosine\":") && text.contains("\"carries\":"))
    #expect(text.contains("\"rows\":[") && text.contains("\"words\":[\"whale\"]"))
    let table = try folder.search("a blue whale", "--explain", "-k", "3").text
    #expect(table.contains("because of: ") && table.contains("asked by: "))
    let page = try folder.search("a blue whale", "--explain", "-k", "3", "--format", "html").text
    #expect(page.contains("<div class=\"read\">") && page.contains("<mark"))
  }

  @Test func `pictures are read as they are shown, unless the index was made otherwise`() throws {
    let picture = Goldens.url("images/exif-rotated.jpg").path
    try FileManager.default.copyItem(atPath: picture, toPath: "\(folder.files)/turned.jpg")
    func vector(_ reading: String) throws -> [Float] {
      struct Row: Decodable { let embedding: [Float] }
      let run = try Command("tessera", ["encode", "--image", picture, "--pixels", reading])
      return try JSONDecoder().decode(Row.self, from: run.output).embedding
    }
    for (arguments, reading, other) in [
      ([], "shown", "reference"), (["--pixels", "reference"], "reference", "shown"),
    ] as [([String], String, String)] {
      let index = folder.temporary.path("\(reading).tessera")
      let made = try Command("tessera", ["index", folder.files, "--into", index] + arguments)
      #expect(made.status == 0, "\(made.errors)")
      // A query is read as the index was.
      let asked = try Command(
        "tessera", ["search", "--in", index, "@" + picture, "-k", "1", "--format", "jsonl"])
      let hit = try #require(
        try JSONDecoder().decode(IndexFolder.Answer.self, from: asked.output).hits.first)
      #expect(abs(hit.score - 1) < 1e-5 && hit.id.hasSuffix("turned.jpg"))
      let export = folder.temporary.path("\(reading).jsonl")
      #expect(try Command("tessera", ["store", "export", "--in", index, "-o", export]).status == 0)
      struct Row: Decodable {
        let id: String
        let embedding: [Float]
      }
      let rows = try String(contentsOfFile: export, encoding: .utf8).split(separator: "\n")
        .map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
      let row = try #require(rows.first { $0.id.hasSuffix("turned.jpg") })
      #expect(disagreement(row.embedding, try vector(reading), .embedding) == nil)
      let refused = try Command(
        "tessera", ["index", folder.files, "--into", index, "--pixels", other])
      #expect(refused.status == 1 && refused.errors.contains("pixels: "), "\(refused.errors)")
    }
    #expect(try vector("shown") != vector("reference"))
  }
}
