import Foundation
import TesseraHTTP
import TesseraHub
import TesseraTestSupport
import Testing

/// Notes that a pull makes, from several threads.
private final class Notes: Sendable {
  let file: String
  init(_ file: String) { self.file = file }

  func add(_ note: String) {
    guard let handle = fopen(file, "a") else { return }
    fputs(note + "\n", handle)
    fclose(handle)
  }

  var text: String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
}

private struct NoConverter: ModelConverter {
  struct Unexpected: Error {}
  func convert(_ source: String, textModel: String?, to target: String) throws {
    throw Unexpected()
  }
}

@Suite struct PullTests {
  private let hub: LoopbackHub
  private let notes: Notes

  private static let weights = Data(
    (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) })
  private static let config = Data(#"{"model_type":"bert"}"#.utf8)

  init() throws {
    hub = try LoopbackHub([
      "acme/tiny/config.json": Self.config, "acme/tiny/vocab.txt": Data("a\nb\n".utf8),
      "acme/tiny/1_Pooling/config.json": Data("{}".utf8),
      "acme/tiny/model.safetensors": Self.weights, "acme/tiny/pytorch_model.bin": Self.weights,
      "acme/tiny/onnx/model.onnx": Data("x".utf8), "gated/tiny/config.json": Self.config,
      "gated/tiny/model.safetensors": Self.weights,
      "BAAI/bge-visualized/Visualized_m3.pth": Self.weights,
    ])
    notes = Notes(hub.folder.path("notes"))
  }

  private func library(
    endpoint: String? = nil, _ environment: [String: String] = [:], patience: Patience? = nil
  ) throws -> ModelLibrary {
    var variables = [
      "HF_ENDPOINT": endpoint ?? hub.address, "MODELSCOPE_DOMAIN": hub.address,
      "HF_HOME": hub.folder.path("cache"), "TESSERA_HOME": hub.folder.path("own"),
    ]
    variables.merge(environment) { $1 }
    let settings = try HubSettings(environment: variables, homeFolder: hub.folder.path("home"))
    let notes = notes
    return ModelLibrary(
      settings: settings, transport: CurlTransport(patience: settings.patience),
      converter: NoConverter(), patience: patience ?? Patience(pause: 0.01),
      report: PullReport(note: { notes.add($0) }))
  }

  private let tiny = Result { try ModelReference("acme/tiny") }

  private func bytes(_ folder: String, _ name: String = "model.safetensors") throws -> Data {
    try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
  }

  @Test func `what a model needs comes whole, as links into the cache`() throws {
    let folder = try library().pull(tiny.get())
    #expect(try bytes(folder) == Self.weights)
    #expect(try bytes(folder, "config.json") == Self.config)
    let link = try FileManager.default.destinationOfSymbolicLink(
      atPath: "\(folder)/1_Pooling/config.json")
    // The hash of git's own object for "{}".
    #expect(link == "../../../blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b")
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/pytorch_model.bin"))
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/onnx"))
    let ref = hub.folder.path("cache/hub/models--acme--tiny/refs/main")
    #expect(
      try String(contentsOfFile: ref, encoding: .utf8) == (folder as NSString).lastPathComponent)
  }

  @Test func `the settings of Stanford's ColBERT come along`() throws {
    let paths = [
      "artifact.metadata", "config.json", "model.safetensors", "onnx/model.onnx",
      "pytorch_model.bin", "tokenizer.json", "vespa_colbert.onnx",
    ]
    #expect(
      try FileSelection.needed.files(of: paths, named: "acme/colbert")
        == ["artifact.metadata", "config.json", "model.safetensors", "tokenizer.json"])
  }

  @Test func `a fetched model is found without a request`() throws {
    let folder = try library().pull(tiny.get())
    let before = try hub.requests().count
    #expect(try library(endpoint: "http://127.0.0.1:9").folder(of: tiny.get()) == folder)
    #expect(try hub.requests().count == before)
    // Nor does a host that does not answer matter, or a prohibition to ask one.
    #expect(try library(endpoint: "http://127.0.0.1:9").pull(tiny.get()) == folder)
    #expect(notes.text.contains("the cache holds acme/tiny whole"))
    #expect(!notes.text.contains("trying again"))
    #expect(try library(["HF_HUB_OFFLINE": "1"]).pull(tiny.get()) == folder)
  }

  @Test func `a token is for the hub, never for the store`() throws {
    _ = try library(["HF_TOKEN": "good"]).pull(ModelReference("gated/tiny"))
    let requests = try hub.requests()
    #expect(requests.contains { $0.where == "store" && !$0.token })
    #expect(requests.allSatisfy { $0.token == ($0.where == "hub") })
  }

  @Test(arguments: [
    #"{"kind":"cut","where":"store","after":100000}"#,
    #"{"kind":"stall","where":"store","after":100000,"seconds":4}"#,
  ]) func `a broken connection goes on where it broke`(fault: String) throws {
    try hub.inject("[\(fault)]")
    let folder = try library(["HF_HUB_DOWNLOAD_TIMEOUT": "1"]).pull(tiny.get())
    #expect(try bytes(folder) == Self.weights)
    let ranges = try hub.requests().filter { $0.where == "store" }.map(\.range)
    #expect(ranges.count == 2)
    #expect(ranges.last??.hasPrefix("bytes=100000-") == true)
  }

  @Test func `a run that failed leaves its bytes to the next`() throws {
    try hub.inject(#"[{"kind":"cut","where":"store","after":100000}]"#)
    #expect(throws: HubError.self) { try library(patience: Patience(count: 1)).pull(tiny.get()) }
    let folder = try library().pull(tiny.get())
    #expect(try bytes(folder) == Self.weights)
    #expect(try hub.requests().last { $0.where == "store" }?.range == "bytes=100000-299999")
  }

  @Test func `a server without ranges sends all again`() throws {
    try hub.inject(
      #"[{"kind":"cut","where":"store","after":100000},{"kind":"whole","where":"store"}]"#)
    #expect(try bytes(library().pull(tiny.get())) == Self.weights)
  }

  @Test func `an address that is too old is asked for anew`() throws {
    try hub.inject(#"[{"kind":"gone"}]"#)
    #expect(try bytes(library().pull(tiny.get())) == Self.weights)
  }

  @Test func `a wrong byte is noticed, once repaired and twice refused`() throws {
    try hub.inject(#"[{"kind":"flip","where":"store","after":5}]"#)
    #expect(try bytes(library().pull(tiny.get())) == Self.weights)
    #expect(notes.text.contains("deleted; fetched once more"))
    try FileManager.default.removeItem(atPath: hub.folder.path("cache"))
    try hub.inject(#"[{"kind":"flip","where":"store","after":5,"times":2}]"#)
    let error = #expect(throws: HubError.self) { try library().pull(tiny.get()) }
    #expect(error.map { "\($0)" }?.contains("model.safetensors: expected hash") == true)
    let blobs = hub.folder.path("cache/hub/models--acme--tiny/blobs")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: blobs).allSatisfy {
        !$0.hasSuffix(".incomplete")
      })
    // Nothing leads to a model that is not whole.
    #expect(throws: HubError.self) { try library().folder(of: tiny.get()) }
  }

  @Test func `a busy hub is given its time, and errors of the moment pass`() throws {
    try hub.inject(
      #"[{"kind":"status","status":429,"headers":{"Retry-After":"1"}},{"kind":"status","status":503}]"#
    )
    #expect(try bytes(library().pull(tiny.get())) == Self.weights)
    #expect(notes.text.contains("asks to wait 1 s"))
    #expect(notes.text.contains("answers 503; trying again"))
  }

  @Test(arguments: [
    ("acme/tinny", "", "near it are acme/tiny"),
    ("acme/tiny@v9", "", "has no revision v9; it has main"),
    ("gated/tiny", "", "ask for it at"),
    ("gated/tiny", #"{"kind":"page"}"#, "a web page"),
    ("acme/tiny", #"{"kind":"page","match":"vocab"}"#, "a web page"),
    ("BAAI/bge-visualized", "", "name one: visualized-bge-m3"),
    ("modelscope:acme/none", "", "has no model acme/none"),
  ]) func `refusals say what to do`(name: String, fault: String, message: String) throws {
    try hub.inject("[\(fault)]")
    let error = #expect(throws: HubError.self) { try library().pull(ModelReference(name)) }
    let found = error.map { "\($0)" } ?? ""
    #expect(found.contains(message), "\(found)")
  }

  @Test func `ModelScope's models come by the same rules`() throws {
    let folder = try library(["MODELSCOPE_API_TOKEN": "t"]).pull(
      ModelReference("modelscope:acme/tiny"))
    #expect(try bytes(folder) == Self.weights)
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/pytorch_model.bin"))
    #expect(try library().folder(of: ModelReference("modelscope:acme/tiny")) == folder)
  }

  @Test func `a plain folder gets files, and nothing of its own is replaced`() throws {
    let target = hub.folder.path("target")
    let options = ModelLibrary.PullOptions(folder: target, patterns: ["*.json"])
    #expect(try library().pull(tiny.get(), options) == target)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: target).sorted() == [
        "1_Pooling", "config.json",
      ])
    #expect(try library().pull(tiny.get(), options) == target)
    try Data("mine".utf8).write(to: URL(filePath: target + "/config.json"))
    #expect(throws: HubError.self) { try library().pull(tiny.get(), options) }
    #expect(try bytes(target, "config.json") == Data("mine".utf8))
  }

  @Test func `files of equal content are fetched once, and names may be any`() throws {
    let names = ["config.json", "another.json", "größe.json", "名前.json"]
    var files = Dictionary(
      uniqueKeysWithValues: names.map { ("acme/twins/\($0)", Self.config) })
    files["acme/twins/model.safetensors"] = Self.weights
    let hub = try LoopbackHub(files)
    let folder = try library(endpoint: hub.address).pull(
      ModelReference("acme/twins"), .init(patterns: ["*"]))
    for name in names { #expect(try bytes(folder, name) == Self.config) }
    #expect(try hub.requests().count { $0.path.hasSuffix(".json") } == 1)
    #expect(!notes.text.contains("another process"))
  }

  @Test func `a repository that has another name now is followed, and the name is said`() throws {
    let folder = try library(["HF_TOKEN": "good"]).pull(ModelReference("acme/renamed"))
    #expect(try bytes(folder) == Self.weights)
    #expect(notes.text.contains("acme/renamed is called acme/tiny now"))
    #expect(try hub.requests().allSatisfy { $0.token == ($0.where == "hub") })
    #expect(
      try library(endpoint: "http://127.0.0.1:9").folder(of: ModelReference("acme/renamed"))
        == folder)
  }

  @Test func `a folder is copied, and nothing in its place replaced`() throws {
    let source = hub.folder.path("root/acme/tiny")
    let copy = try FolderCopy(of: source)
    #expect(!copy.files.contains("pytorch_model.bin") && copy.files.contains("vocab.txt"))
    let target = hub.folder.path("copy")
    try copy.copy(into: target)
    try copy.copy(into: target)
    #expect(try bytes(target) == Self.weights)
    try Data("mine".utf8).write(to: URL(filePath: target + "/config.json"))
    #expect(throws: HubError.self) { try copy.copy(into: target) }
    #expect(try bytes(target, "config.json") == Data("mine".utf8))
    #expect(throws: HubError.self) { try FolderCopy(of: source + "/nothing") }
  }

  @Test func `removing leaves nothing behind`() throws {
    _ = try library().pull(tiny.get())
    #expect(try library().contents().map(\.name) == ["acme/tiny"])
    #expect(try library().remove(tiny.get()).count == 1)
    #expect(try library().contents().isEmpty)
    #expect(throws: HubError.self) { try library().remove(tiny.get()) }
  }
}
