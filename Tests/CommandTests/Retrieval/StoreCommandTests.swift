import Foundation
import TesseraTestSupport
import Testing

/// `tessera store`: what an index holds, whether it is whole, and the way out of it.
struct StoreCommandTests {
  private let folder: IndexFolder

  init() throws {
    folder = try IndexFolder()
    try folder.write(
      "list.jsonl",
      """
      {"id":"car","text":"a red car","year":2020}
      {"id":"whale","text":"a blue whale","year":2021}
      {"id":"boat","text":"a red boat","year":2022}
      """)
    #expect(try folder.update().status == 0)
  }

  @Test func `what it holds and what made it`() throws {
    struct Facts: Decodable {
      let rows: Int
      let dimensions: Int
      let kinds: [String: Int]
      let fingerprint: [String: String]
    }
    let run = try folder.store("info")
    let facts = try JSONDecoder().decode(Facts.self, from: run.output)
    #expect(facts.rows == 3 && facts.dimensions == 128 && facts.kinds == ["text": 3])
    for part in ["weights", "tokenizer", "pixels", "pooling", "prompts", "precision"] {
      #expect(facts.fingerprint[part] != nil, "\(part)")
    }
    #expect(try folder.store("info", "--format", "table").text.contains("3 text"))
  }

  @Test func `rows by a condition, and pages of them`() throws {
    #expect(try folder.ids() == ["car", "whale", "boat"])
    let some = try folder.store("list", "--where", "year > 2020", "--limit", "1", "--offset", "1")
    #expect(some.lines.count == 1 && some.text.contains(#""metadata":{"year":2022}"#))
    let array = try folder.store("list", "--format", "json")
    #expect(try JSONSerialization.jsonObject(with: array.output) is [[String: Any]])
  }

  @Test func `damage is found`() throws {
    #expect(try folder.store("verify").status == 0)
    let file = URL(filePath: "\(folder.index)/dense-0001.npy")
    var data = try Data(contentsOf: file)
    data[5000] ^= 4
    try data.write(to: file)
    let run = try folder.store("verify")
    #expect(run.status == 1 && run.text.contains(#""ok":false"#))
    #expect(run.text.contains("dense-0001.npy: rows 0 to 2 are not what was written"))
  }

  @Test(arguments: ["npy", "safetensors", "jsonl"])
  func `what is written elsewhere comes back the same`(ending: String) throws {
    let file = folder.temporary.path("out.\(ending)")
    let ids = folder.temporary.path("ids.txt")
    let isMatrix = ending != "jsonl"
    let run = try Command(
      "tessera",
      ["store", "export", "--in", folder.index, "-o", file, "--where", "year > 2020"]
        + (isMatrix ? ["--ids", ids] : []))
    #expect(run.status == 0)
    let copy = folder.temporary.path("copy.tessera")
    let back = try Command(
      "tessera",
      ["index", "--vectors", file, "--into", copy] + (isMatrix ? ["--ids", ids] : []))
    #expect(IndexFolder.counts(back).hasPrefix("2 added"))
    let original = try Data(contentsOf: URL(filePath: "\(folder.index)/dense-0001.npy"))
    let copied = try Data(contentsOf: URL(filePath: "\(copy)/dense-0001.npy"))
    // The rows behind the first, with another header.
    #expect(copied.dropFirst(4096) == original.dropFirst(4096 + 512))
    let list = try Command("tessera", ["store", "list", "--in", copy]).text
    #expect(list.contains(#""id":"whale""#) && list.contains(#""id":"boat""#))
  }

  @Test func `a look for what makes it answer badly`() throws {
    let good = try folder.store("check")
    #expect(good.status == 0 && good.text == "{\"ok\":true,\"findings\":[]}\n")
    try folder.remove("list.jsonl")
    let bad = try folder.store("check", "--format", "jsonl")
    #expect(bad.status == 1 && bad.lines.count == 3)
    #expect(bad.lines.allSatisfy { $0.contains(#""kind":"gone""#) })
  }

  @Test func `vectors of file names instead of pictures are told`() throws {
    try folder.copyPicture("000", to: "whale.webp")
    let picture = "\(folder.files)/whale.webp"
    let name = try Command(
      "tessera", ["encode", "--text", "file_path: \(picture)", "--format", "jsonl"])
    let row = try #require(
      try JSONSerialization.jsonObject(with: name.output) as? [String: Any])
    let line: [String: Any] = [
      "id": "w", "image": picture, "embedding": try #require(row["embedding"]),
    ]
    let file = folder.temporary.path("v.jsonl")
    try JSONSerialization.data(withJSONObject: line).write(to: URL(filePath: file))
    let index = folder.temporary.path("names.tessera")
    #expect(try Command("tessera", ["index", "--vectors", file, "--into", index]).status == 0)
    let run = try Command("tessera", ["store", "check", "--in", index])
    #expect(run.status == 1 && run.text.contains("fileName"), "\(run.text)")
  }

  @Test func `a reindex that is stopped leaves what was there`() throws {
    let before = try folder.store("list").text
    try FileManager.default.createDirectory(
      atPath: "\(folder.index)/reindexed", withIntermediateDirectories: true)
    #expect(try folder.store("list").text == before)
    #expect(try folder.store("reindex").status == 0)
    #expect(try folder.store("list").text == before)
    #expect(!FileManager.default.fileExists(atPath: "\(folder.index)/reindexed"))
    let other = try ConvertedModels.visualTinyEnglish.get().path
    #expect(try folder.store("reindex", "-m", other).status == 0)
    #expect(try folder.answers("a red car", "-k", "1")[0].hits[0].id == "car")
    #expect(try folder.store("verify").status == 0)
  }

  @Test func `no command but index makes an index`() throws {
    for command in ["info", "verify", "list", "compact", "reindex", "check"] {
      let run = try Command("tessera", ["store", command, "--in", "/nowhere.tessera"])
      #expect(run.status == 1 && run.errors.contains("no index"), "\(command): \(run.errors)")
    }
  }
}

/// `tessera duplicates` and `tessera map`.
struct LookAlikeTests {
  private let folder: IndexFolder

  init() throws {
    folder = try IndexFolder()
    try folder.copyPicture("021", to: "car.webp")
    try folder.copyPicture("021", to: "copy.webp")
    try folder.copyPicture("000", to: "whale.webp")
    try folder.write("text.txt", "</script><b>a red car")
    #expect(try folder.update().status == 0)
  }

  @Test func `copies are one group, the first is to be kept`() throws {
    let run = try Command(
      "tessera", ["duplicates", "--in", folder.index, "--above", "0.9999", "--format", "paths"])
    #expect(run.lines.map { URL(filePath: $0).lastPathComponent } == ["copy.webp"])
    #expect(run.errors == "2 rows in 1 groups\n")
    let all = try Command(
      "tessera", ["duplicates", "--in", folder.index, "--above=-0.9999", "--format", "jsonl"])
    #expect(all.lines.count == 1 && all.errors == "4 rows in 1 groups\n")
    let none = try Command(
      "tessera", ["duplicates", "--in", folder.index, "--where", "kind = text"])
    #expect(none.output.isEmpty && none.status == 0)
    for above in ["2", "-1", "nan"] {
      #expect(
        try Command("tessera", ["duplicates", "--in", folder.index, "--above=\(above)"]).status
          == 64)
    }
  }

  @Test func `a map holds all rows and no foreign script`() throws {
    let page = folder.temporary.path("map.html")
    #expect(try Command("tessera", ["map", "--in", folder.index, "-o", page]).status == 0)
    let text = try String(contentsOfFile: page, encoding: .utf8)
    #expect(text.components(separatedBy: "\"nearest\":").count == 5)
    #expect(text.components(separatedBy: "data:image/png;base64,").count == 4)
    #expect(!text.contains("{{DATA}}") && !text.contains("</script><b>"))
    let one = try Command("tessera", ["map", "--in", folder.index, "-o", page, "--limit", "1"])
    #expect(one.status == 0 && one.errors.contains("1 of 4 rows"))
    #expect(try Command("tessera", ["map", "--in", folder.index, "-o", "map.png"]).status == 64)
  }
}
