import ArgumentParser
import Foundation
import TesseraServing
import TesseraServingHTTP

struct ServeCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answers over HTTP, in the shapes that clients of embedding servers speak.",
    discussion: """
      OpenAI's /v1/embeddings, /v1/models; text-embeddings-inference's /embed, /rerank, /predict, \
      /similarity, /tokenize, /decode, /info; Cohere's /v2/embed and /v2/rerank; Jina's /v1/rerank; \
      vLLM's /score; Ollama's /api/embed; /v1/search and, with --chat, /v1/ask; /mcp for agents; \
      /health and /metrics. Items are texts, pictures in base64, or both in one vector, as far as the \
      model reads them; models that make vectors and those that rerank are served side by side.

      What comes in while a batch is computed is the next batch; an answer has the same bits at any \
      load. SIGTERM finishes what is in hand, SIGHUP loads the models again.
      """)

  @OptionGroup var models: ServedModelOptions
  @Option(
    name: .customLong("in"),
    help: ArgumentHelp(
      "An index to search in, or several: folders, qdrant://HOST/COLLECTION or "
        + "postgresql://HOST/DATABASE?table=NAME; each is called by its last name."),
    completion: .directory)
  var index: [String] = []
  @OptionGroup var limits: ServeLimits
  @OptionGroup var neighbours: ServeNeighbours
  @OptionGroup var noise: NoiseOptions
  @Option(help: "Address to listen at; other computers are heard only at theirs, such as 0.0.0.0.")
  var host = "127.0.0.1"
  @Option(parsing: .unconditional, help: "Port to listen at; 0 for any that is free.") var port =
    8080
  @Option(help: "Listen at a socket in the file system instead, for this user alone.")
  var socket: String?
  @Option(
    help: "File with the keys of which one must be sent, a line each.", completion: .file())
  var apiKeyFile: String?
  @Flag(help: "Listen to other computers without asking for a key.") var noKey = false
  @Flag(help: "Take arrays of numbers for ids of the model's own vocabulary.")
  var acceptTokenIds = false
  @Flag(help: "Speak the Model Context Protocol on standard input and output instead of HTTP.")
  var mcp = false
  @Option(help: "What is written of each request on standard error: text, json or none.")
  var log = HTTPSettings.Log.text

  func check() throws {
    guard (0...65535).contains(port) else {
      throw ValidationError("--port is \(port); expected 0 to 65535.")
    }
    if let socket, let obstacle = Self.obstacle(socket) {
      throw ValidationError(
        "--socket \(socket): expected a socket, or a name that is free; found \(obstacle).")
    }
    guard socket != nil || isLoopback || apiKeyFile != nil || noKey else {
      throw ValidationError(
        "--host \(host) lets other computers ask: give --api-key-file, or --no-key.")
    }
  }

  /// What stands where a socket is to be; nil for nothing, or for an older one.
  private static func obstacle(_ path: String) -> String? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let type = attributes?[.type] as? FileAttributeType, type != .typeSocket else {
      return nil
    }
    return type == .typeDirectory ? "a folder" : "a file"
  }

  private var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }

  func run() throws {
    #if !Server
      guard mcp else { throw NoServer() }
    #endif
    var settings = limits.settings
    settings.acceptsTokenIDs = acceptTokenIds
    settings.keys = try apiKeyFile.map { try KeyRing(file: $0) }
    let loaded = try models.load()
    // No browser reaches a socket of the file system, and no page of another has a key.
    settings.isLocal = socket == nil && isLoopback && apiKeyFile == nil
    try neighbours.apply(to: &settings)
    let service = Service(
      models: ModelShelf(loaded.contents),
      indexes: try ServedIndexes(for: loaded, maxLength: models.maxLength).opened(index),
      settings: settings, limits: limits.queue(models.batchTokens))
    let reloading = Reloading(service, models)
    defer { reloading.cancel() }
    if mcp { return try MCPSession(service).run() }
    #if Server
      var http = HTTPSettings(
        address: socket.map { .socket(path: $0) } ?? .port(host: host, port: port))
      http.log = noise.quiet ? .none : log
      try HTTPFace(service, http).runBlocking { address in
        StandardError.note("\(loaded.map(\.model.name).joined(separator: ", ")) at \(address)")
      }
    #endif
  }
}

/// A build without the server.
struct NoServer: Error, CustomStringConvertible {
  var description: String {
    """
    this tessera was built without its server; "make install" builds it with it, and so does \
    swift build -c release --enable-all-traits
    """
  }
}

extension HTTPSettings.Log: ExpressibleByArgument {}

extension KeyRing {
  /// - Throws: `UnusableKeys`.
  init(file: String) throws {
    guard let bytes = try? Data(contentsOf: URL(filePath: file)) else {
      throw UnusableKeys(
        file: file, reason: "expected a file with a key a line; found \(Self.found(file))")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UnusableKeys(file: file, reason: "expected keys in UTF-8; found other bytes")
    }
    self.init(lines: text.split(whereSeparator: \.isNewline))
    if isEmpty { throw UnusableKeys(file: file, reason: "expected a key a line; found none") }
    if hasTooLong {
      throw UnusableKeys(
        file: file, reason: "expected keys of 256 bytes at most; found a longer one")
    }
  }

  private static func found(_ file: String) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
      return "nothing of this name"
    }
    return isFolder.boolValue ? "a folder" : "one that cannot be read"
  }

  struct UnusableKeys: Error, CustomStringConvertible {
    let file: String
    let reason: String
    var description: String { "\(file): \(reason)" }
  }
}
