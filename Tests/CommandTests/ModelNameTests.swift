import Foundation
import TesseraTestSupport
import Testing

/// `tessera pull`, `tessera models`, and names where a folder may stand.
@Suite struct ModelNameTests {
  private let hub: LoopbackHub
  private let environment: [String: String]

  init() throws {
    var files: [String: Data] = [:]
    for (repository, golden, names) in [
      ("openai/clip-vit-base-patch32", "clip-tiny", nil),
      ("BAAI/bge-m3", "bge-m3-tiny", nil),
      (
        "BAAI/bge-base-en-v1.5", "visual-tiny-en",
        ["config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"]
      ),
    ] as [(String, String, [String]?)] {
      let folder = Goldens.url(golden)
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
      where names?.contains(name) ?? !name.hasPrefix("expected") {
        files["\(repository)/\(name)"] = try Data(contentsOf: folder.appending(path: name))
      }
    }
    files["BAAI/bge-visualized/Visualized_base_en_v1.5.pth"] = try Data(
      contentsOf: Goldens.url("visual-tiny-en/Visualized_visual-tiny-en.pth"))
    files["acme/big/config.json"] = Data("{}".utf8)
    files["acme/big/model.safetensors"] = Data(repeating: 7, count: 400_000)
    hub = try LoopbackHub(files)
    environment = [
      "HF_ENDPOINT": hub.address, "HF_HOME": hub.folder.path("cache"),
      "TESSERA_HOME": hub.folder.path("own"), "HF_TOKEN": "", "TESSERA_PULL": "",
    ]
  }

  private func tessera(
    _ arguments: String..., with more: [String: String] = [:]
  ) throws -> Command {
    try Command("tessera", arguments, environment: environment.merging(more) { $1 })
  }

  /// The folder that a name's model is made from, converted where it must be.
  private func folder(of name: String) throws -> URL {
    switch name {
    case "bge-m3": try ConvertedModels.bgeM3Tiny.get()
    case "visualized-bge-base": try ConvertedModels.visualTinyEnglish.get()
    default: Goldens.url("clip-tiny")
    }
  }

  @Test(arguments: [
    "clip-vit-b-32", "openai/clip-vit-base-patch32@main", "bge-m3", "visualized-bge-base",
  ]) func `a pulled model encodes as its folder does, without a request`(name: String) throws {
    let pulled = try tessera("pull", name)
    #expect(pulled.status == 0, "\(pulled.errors)")
    #expect(pulled.lines.count == 1)
    let requests = try hub.requests().count
    let named = try tessera("encode", "-m", name, "--text", "a blue whale")
    let expected = try tessera("encode", "-m", folder(of: name).path, "--text", "a blue whale")
    #expect(named.status == 0, "\(named.errors)")
    #expect(!named.output.isEmpty && named.output == expected.output)
    #expect(try tessera("pull", name).output == pulled.output)
    #expect(try tessera("tokenize", "-m", name, "--text", "a").status == 0)
    let more = try hub.requests().dropFirst(requests)
    #expect(more.allSatisfy { $0.path.hasPrefix("/api/") }, "\(more.map(\.path))")
  }

  @Test func `a model that is not there is not fetched unasked`() throws {
    let missing = try tessera("encode", "-m", "bge-m3", "--text", "a")
    #expect(missing.status == 1)
    #expect(missing.errors.contains("tessera pull bge-m3"))
    #expect(try hub.requests().isEmpty)
    let environment = ["TESSERA_PULL": "1"]
    #expect(try tessera("encode", "-m", "bge-m3", "--text", "a", with: environment).status == 0)
    let flagged = try tessera("tokenize", "-m", "clip-vit-b-32", "--pull", "--text", "a")
    #expect(flagged.status == 0, "\(flagged.errors)")
  }

  @Test func `a plan is printed, and nothing fetched`() throws {
    let plan = try tessera("pull", "acme/big", "--dry-run")
    #expect(plan.status == 0)
    #expect(plan.lines.count == 2 && plan.text.contains("400000\t"))
    #expect(!FileManager.default.fileExists(atPath: hub.folder.path("cache")))
  }

  @Test func `killed again and again, and whole in the end`() throws {
    let count = 5
    try hub.inject(
      #"[{"kind":"stall","where":"store","after":50000,"seconds":60,"times":\#(count)}]"#)
    let blobs = hub.folder.url.appending(path: "cache/hub/models--acme--big/blobs")
    for round in 1...count {
      let process = Process()
      process.executableURL = Command.url("tessera")
      process.arguments = ["pull", "acme/big"]
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      var size = 0
      while process.isRunning, size < round * 50_000 {
        usleep(20_000)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: blobs.path)) ?? []
        for name in files where name.utf8.count == 64 + ".incomplete".utf8.count {
          let path = blobs.appending(path: name).path
          let found = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
          size = found ?? size
        }
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let whole = try tessera("pull", "acme/big")
    #expect(whole.status == 0, "\(whole.errors)")
    let folder = URL(filePath: try #require(whole.lines.first))
    #expect(
      try Data(contentsOf: folder.appending(path: "model.safetensors"))
        == Data(repeating: 7, count: 400_000))
    #expect(try hub.requests().last { $0.where == "store" }?.range == "bytes=250000-399999")
  }

  @Test func `two at once fetch once`() async throws {
    let environment = environment
    async let one = Command("tessera", ["pull", "bge-m3"], environment: environment)
    async let other = Command("tessera", ["pull", "bge-m3"], environment: environment)
    let runs = try await [one, other]
    #expect(runs.allSatisfy { $0.status == 0 }, "\(runs.map(\.errors))")
    #expect(runs[0].output == runs[1].output)
    let stored = try hub.requests().filter { $0.where == "store" }.map(\.path)
    #expect(stored.count == Set(stored).count)
  }

  @Test func `models are listed and removed`() throws {
    #expect(try tessera("models").text.contains("The caches are empty."))
    _ = try tessera("pull", "visualized-bge-base")
    #expect(try tessera("models").text.contains("converted"))
    let removed = try tessera("models", "remove", "visualized-bge-base")
    #expect(removed.lines.count == 3, "\(removed.text)\(removed.errors)")
    #expect(try tessera("models").text.contains("The caches are empty."))
    #expect(try tessera("models", "remove", "visualized-bge-base").status == 1)
  }

  @Test func `a folder is there already`() throws {
    let folder = Goldens.url("clip-tiny").path
    #expect(try tessera("pull", "file:" + folder).lines == [folder])
    let copy = hub.folder.path("copy")
    #expect(try tessera("pull", folder, "--into", copy).lines == [copy])
    let arguments = ["encode", "--text", "a blue whale", "-m"]
    #expect(
      try Command("tessera", arguments + [copy]).output
        == Command("tessera", arguments + [folder]).output)
    #expect(try hub.requests().isEmpty)
  }

  @Test func `what is no name says so`() throws {
    for arguments in [["pull", "a/b/c"], ["pull", "../x@y"], ["pull", "/nowhere"]] {
      let run = try Command("tessera", arguments, environment: environment)
      #expect(run.status == 1, "\(arguments)")
    }
    #expect(try tessera("pull", "visualized-bge-base", "--only", "*.json").status == 64)
  }
}
