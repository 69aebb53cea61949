import Foundation
import TesseraTestSupport
import Testing

/// `tessera index`: what becomes a row, and what a second run does.
struct IndexCommandTests {
  private let folder: IndexFolder

  init() throws { folder = try IndexFolder() }

  @Test func `files of all kinds become rows, and bad ones are told`() throws {
    try folder.copyPicture("021", to: "car.webp")
    try folder.write("car.txt", "a red car\n")
    try folder.write("notes/note.md", "# Whales\n\na blue whale.\n\n# Boats\n\na red boat.\n")
    try folder.write("list.jsonl", #"{"id":7,"text":"a cat","price":2}"# + "\nno json\n")
    try folder.write("table.csv", "id,text,price\na,a tree,3\n")
    try folder.write("😀 a\nb.txt", "海里有一条蓝色的鲸鱼。")
    try folder.write("empty.txt", "")
    try folder.write("empty.png", "")
    try folder.write("other.pdf", "")
    let run = try folder.update()
    #expect(run.status == 1)
    #expect(run.output.isEmpty)
    #expect(IndexFolder.counts(run) == "6 added, 0 changed, 0 unchanged, 0 removed, 2 failed")
    for message in ["list.jsonl, line 2: invalid JSON", "empty.png", "1 file of another kind was"] {
      #expect(run.errors.contains(message), "\(message)")
    }
    // In the order of the files' names.
    #expect(
      try folder.ids() == [
        "car.webp", "7", "notes/note.md#1", "notes/note.md#2", "a", "😀 a\nb.txt#1",
      ])
  }

  @Test func `texts in UTF-16 are read, and files that are no text are named`() throws {
    let wide = try #require("\u{FEFF}a blue whale".data(using: .utf16LittleEndian))
    try wide.write(to: URL(filePath: "\(folder.files)/wide.txt"))
    #expect(try folder.update().status == 0)
    #expect(try folder.answers("whale")[0].hits.map(\.text) == ["a blue whale"])
    try Data([0x66, 0xFF]).write(to: URL(filePath: "\(folder.files)/.tesseraignore"))
    let unread = try folder.update()
    #expect(unread.errors.contains(".tesseraignore: expected patterns"), "\(unread.errors)")
  }

  @Test func `a database that is none is named, and what a terminal would act upon is spelled`()
    throws
  {
    try folder.write("a.txt", "a red car")
    try folder.write("b\u{1B}[31m.png", "no picture")
    let run = try folder.update()
    #expect(run.status == 1 && run.errors.contains("b\\u{1b}[31m.png"), "\(run.errors)")
    #expect(!run.errors.contains("\u{1B}"))
    try Data(repeating: 0x61, count: 9_999).write(to: URL(filePath: "\(folder.index)/index.sqlite"))
    let damaged = try folder.search("car")
    #expect(damaged.status == 1 && damaged.errors.contains("/index.sqlite: "), "\(damaged.errors)")
  }

  @Test func `a second run reads what is new or changed`() throws {
    for name in ["a", "b", "c"] { try folder.write("\(name).txt", "a red car. \(name)") }
    try folder.write(
      "l.jsonl", #"{"id":"1","text":"a cat"}"# + "\n" + #"{"id":"2","text":"a dog"}"#)
    #expect(
      IndexFolder.counts(try folder.update())
        == "5 added, 0 changed, 0 unchanged, 0 removed, 0 failed")
    #expect(
      IndexFolder.counts(try folder.update())
        == "0 added, 0 changed, 5 unchanged, 0 removed, 0 failed")
    try folder.write("b.txt", "a blue boat")
    try folder.write("d.txt", "a tree")
    try folder.remove("c.txt")
    try folder.write(
      "l.jsonl", #"{"id":"2","text":"a dog"}"# + "\n" + #"{"id":"3","text":"a bird"}"#)
    let dry = try folder.update("--dry-run", "--prune")
    #expect(
      dry.lines.map { $0.replacingOccurrences(of: folder.files + "/", with: "") }
        == ["change\tb.txt", "add\td.txt", "change\tl.jsonl", "remove\tc.txt"])
    let run = try folder.update()
    #expect(IndexFolder.counts(run) == "2 added, 1 changed, 2 unchanged, 1 removed, 0 failed")
    #expect(run.errors.contains("1 file is gone"))
    #expect(
      IndexFolder.counts(try folder.update("--prune"))
        == "0 added, 0 changed, 5 unchanged, 1 removed, 0 failed")
    #expect(try folder.answers("a blue boat", "-k", "1")[0].hits[0].id.hasSuffix("b.txt#1"))
    #expect(try folder.store("verify").status == 0)
  }

  @Test func `a caption that changes makes another vector, a file that moves keeps its own`() throws
  {
    try folder.copyPicture("021", to: "car.webp")
    try folder.write("car.txt", "a red car")
    _ = try folder.update()
    try folder.write("car.txt", "at night")
    #expect(IndexFolder.counts(try folder.update()).contains("1 changed"))
    let before = try folder.answers("a red car")[0].hits[0].score
    for name in ["car.webp", "car.txt"] {
      try FileManager.default.moveItem(
        atPath: "\(folder.files)/\(name)", toPath: "\(folder.files)/moved-\(name)")
    }
    #expect(
      IndexFolder.counts(try folder.update("--prune"))
        == "1 added, 0 changed, 0 unchanged, 1 removed, 0 failed")
    #expect(try folder.answers("a red car")[0].hits.map(\.score) == [before])
  }

  @Test func `texts are cut by the model's tokens, all alike`() throws {
    let text = (1...40).map { _ in "a red car beside a blue boat." }.joined(separator: " ")
    try folder.write("long.txt", text)
    #expect(try folder.update("--chunk-tokens", "24", "--overlap", "0").status == 0)
    let short = try folder.ids().count
    let other = try folder.update("--chunk-tokens", "48")
    #expect(other.status == 64 && other.errors.contains("24 tokens"))
    #expect(try folder.store("reindex", "--chunk-tokens", "48", "--overlap", "0").status == 0)
    let long = try folder.ids().count
    #expect(long > 1 && long * 2 <= short + 1, "\(short), then \(long)")
    let parts = try folder.answers("a red car", "--all")[0].hits
      .sorted { ($0.id.count, $0.id) < ($1.id.count, $1.id) }
    #expect(parts.compactMap(\.text).joined(separator: " ") == text)
    #expect(try folder.update("--chunk-tokens", "9999").status == 64)
    #expect(try folder.store("verify").status == 0)
  }

  @Test func `ids that two files claim, and ids of two folders with one name`() throws {
    try folder.write("a.jsonl", #"{"id":"x","text":"a cat"}"#)
    try folder.write(
      "b.jsonl", #"{"id":"x","text":"a dog"}"# + "\n" + #"{"id":"y","text":"a dog"}"#)
    let run = try folder.update()
    #expect(run.status == 1 && run.errors.contains("already that of an item of"))
    #expect(try folder.ids() == ["x", "y"])
  }

  @Test func `vectors made elsewhere`() throws {
    try folder.write("v.jsonl", "")
    let items = folder.temporary.path("items.jsonl")
    try #"{"id":"p","text":"a red car"}"#.write(toFile: items, atomically: true, encoding: .utf8)
    for ending in ["npy", "safetensors"] {
      let vectors = folder.temporary.path("v.\(ending)")
      #expect(
        try Command("tessera", ["encode", "--input", items, "--format", ending, "-o", vectors])
          .status
          == 0)
      let index = folder.temporary.path("\(ending).tessera")
      let run = try Command("tessera", ["index", "--vectors", vectors, "--into", index])
      #expect(IndexFolder.counts(run) == "1 added, 0 changed, 0 unchanged, 0 removed, 0 failed")
      let again = try Command("tessera", ["index", "--vectors", vectors, "--into", index])
      #expect(IndexFolder.counts(again).contains("1 unchanged"))
      let hits = try Command(
        "tessera",
        [
          "search", "--in", index, "--vectors",
          vectors.replacingOccurrences(of: "safetensors", with: "npy"),
        ])
      #expect(hits.text.contains("1.0000  0"))
      // Files cannot stand beside vectors of nobody knows which model.
      let mixed = try Command("tessera", ["index", folder.files, "--into", index])
      #expect(mixed.status == 1 && mixed.errors.contains("made elsewhere"))
    }
  }

  @Test(
    arguments: [
      ("f8", "float32"), ("fortran", "fortran_order"), ("flat", "shape"), ("short", "bytes"),
    ])
  func `matrices of other kinds are refused by name`(kind: String, message: String) throws {
    let path = folder.temporary.path("bad.npy")
    let text =
      switch kind {
      case "f8": "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }"
      case "fortran": "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }"
      case "flat": "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
      default: "{'descr': '<f4', 'fortran_order': False, 'shape': (9, 2), }"
      }
    let header = text + String(repeating: " ", count: 117 - text.utf8.count) + "\n"
    let bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
    try Data(bytes + [UInt8](repeating: 0, count: kind == "f8" ? 16 : 8)).write(
      to: URL(filePath: path))
    let run = try Command("tessera", ["index", "--vectors", path, "--into", folder.index])
    #expect(
      run.status == 1 && run.errors.contains("bad.npy") && run.errors.contains(message),
      "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.index))
  }

  @Test func `rows that are none do not stop the others`() throws {
    let path = folder.temporary.path("v.jsonl")
    try """
    {"id":"a","embedding":[1,0]}
    {"id":"b","embedding":[1e99,0]}
    {"id":"c","embedding":[0,0]}
    {"id":"a","embedding":[0,1]}
    {"id":"d","embedding":[1,2,3]}
    {"id":"e"}
    {"id":"f","embedding":[3,4],"year":2024}
    """.write(toFile: path, atomically: true, encoding: .utf8)
    let run = try Command("tessera", ["index", "--vectors", path, "--into", folder.index])
    #expect(run.status == 1)
    #expect(IndexFolder.counts(run) == "2 added, 0 changed, 0 unchanged, 0 removed, 5 failed")
    #expect(try folder.ids() == ["a", "f"])
  }

  @Test func `nothing that can be read makes no index`() throws {
    let path = folder.temporary.path("nowhere")
    let run = try Command("tessera", ["index", path, "--into", folder.index])
    #expect(run.status == 1 && run.errors.contains("error: \(path): cannot open"), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.index))
  }

  @Test func `files that cannot be looked for are kept`() throws {
    try folder.write("sub/a.txt", "a red car")
    try folder.write("b.txt", "a blue boat")
    let sub = "\(folder.files)/sub"
    func update(_ arguments: String...) throws -> Command {
      try Command("tessera", ["index", sub, "--into", folder.index] + arguments)
    }
    #expect(try update().status == 0)
    // Links in a circle: whether a.txt is there cannot be known.
    let files = folder.files
    try FileManager.default.moveItem(atPath: files, toPath: files + " moved")
    try FileManager.default.createSymbolicLink(atPath: files, withDestinationPath: files)
    for arguments in [[], ["--prune"]] {
      let run = try Command("tessera", ["index", sub, "--into", folder.index] + arguments)
      #expect(run.status == 1 && run.errors.contains("error: \(sub): cannot open"))
      #expect(IndexFolder.counts(run).hasSuffix("0 removed, 1 failed"))
      #expect(!run.errors.contains("gone"))
    }
    #expect(try folder.ids().count == 1)
    try FileManager.default.removeItem(atPath: files)
    #expect(IndexFolder.counts(try update("--prune")).contains("1 removed, 0 failed"))
  }

  @Test func `a folder with a name that is no text is told, and what was in it is kept`() throws {
    try folder.write("a.txt", "a red car")
    try folder.write("b.txt", "a blue boat")
    _ = try folder.update()
    try folder.remove("a.txt")
    let made = try Command.run(
      URL(filePath: "/bin/bash"), ["-c", "touch '\(folder.files)'/$'caf\\xe9.txt'"])
    try #require(made.status == 0)
    let run = try folder.update("--prune")
    #expect(run.status == 1 && run.errors.contains(#"not valid UTF-8: caf\xE9.txt"#))
    #expect(run.errors.contains("1 file of the index could not be looked for, and is kept"))
    #expect(IndexFolder.counts(run).contains("0 removed"))
  }

  @Test func `a NUL is refused, as a database would cut the text there`() throws {
    try folder.write(
      "l.jsonl",
      #"{"id":"x\u0000y","text":"a"}"# + "\n" + #"{"id":"x","text":"b\u0000c"}"# + "\n"
        + #"{"id":"x","text":"d"}"#)
    let run = try folder.update()
    #expect(run.status == 1)
    #expect(run.errors.contains("l.jsonl, line 1: the id has a NUL"))
    #expect(run.errors.contains("l.jsonl, line 2: the text has a NUL"))
    #expect(IndexFolder.counts(run).hasPrefix("1 added"))
    #expect(try folder.ids() == ["x"])
  }

  @Test func `a model that cannot be used leaves no index behind`() throws {
    try folder.write("a.txt", "a red car")
    let run = try folder.update("-m", folder.temporary.path("no model"))
    #expect(run.status != 0 && !FileManager.default.fileExists(atPath: folder.index))
  }

  @Test func `wrong arguments`() throws {
    for arguments in [
      [], ["x", "--vectors", "y.npy"], ["x", "--ids", "y"], ["x", "--overlap", "-1"],
      ["x", "--chunk-tokens", "4", "--overlap", "4"], ["--vectors", "y.npy", "--prune"],
    ] {
      let run = try Command("tessera", ["index", "--into", folder.index] + arguments)
      #expect(run.status == 64, "\(arguments)")
    }
  }
}
