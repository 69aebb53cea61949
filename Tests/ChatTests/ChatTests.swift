import Foundation
import TesseraChat
import TesseraHTTP
import TesseraJSON
import TesseraTestSupport
import Testing

/// Every dialect, against a server that answers as its makers' do (chat.py), and fails as they do.
struct ChatTests {
  private static let answer = "The car is red 🚗 [1], und größer."
  private static let beginning = "The car is red"

  private func model(
    _ api: ChatModel.API, _ name: String, _ server: LoopbackServer
  ) throws -> ChatModel {
    try ChatModel("http://127.0.0.1:\(server.port)#\(name)", api: api)
  }

  private func ask(
    _ api: ChatModel.API, _ name: String, _ server: LoopbackServer, key: String? = nil,
    patience: Double = 10, limit: Int? = nil
  ) throws -> (text: String, end: Result<String, ChatError>) {
    let chat = try ChatServer(
      model(api, name, server), environment: key.map { ["THE_KEY": $0] } ?? [:],
      keyVariable: "THE_KEY", transport: CurlTransport(patience: patience), pause: 0.01)
    var text = ""
    do {
      let end = try chat.ask(Self.request(limit)) { text += $0 }
      return (text, .success(end))
    } catch let error as ChatError {
      return (text, .failure(error))
    }
  }

  private static func request(_ limit: Int?) -> ChatRequest {
    ChatRequest(
      system: "Be brief.",
      parts: [
        .text("[1] a.jpg"), .picture(.init(type: "image/jpeg", bytes: Data([0xFF, 0xD8, 1]))),
        .text("What colour?"),
      ], maximumTokens: limit)
  }

  @Test(arguments: ChatModel.API.allCases, ["good", "slow", "thinking"])
  func `an answer comes whole, however it is cut`(api: ChatModel.API, name: String) throws {
    let server = try LoopbackServer("chat")
    let (text, end) = try ask(api, name, server)
    #expect(text == Self.answer)
    #expect(end == .success("stop"))
    let log = try server.ask("/log")
    let request = try log.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
    let body = try #require(request.array?.first?["body"])
    let spelled = String(decoding: log, as: UTF8.self)
    #expect(spelled.contains("/9gB") && spelled.contains("Be brief."))
    #expect(api == .gemini || body["stream"]?.bool == true)
  }

  @Test(arguments: ChatModel.API.allCases)
  func `the limit is sent and an end at it is told`(api: ChatModel.API) throws {
    let server = try LoopbackServer("chat")
    #expect(try ask(api, "length", server, limit: 7).end == .success("length"))
    #expect(String(decoding: try server.ask("/log"), as: UTF8.self).contains(": 7"))
  }

  @Test(arguments: ChatModel.API.allCases, ["cut", "character", "malformed", "failing"])
  func `an answer that breaks off keeps what came, and says so`(
    api: ChatModel.API, name: String
  ) throws {
    let server = try LoopbackServer("chat")
    let (text, end) = try ask(api, name, server)
    #expect(text.hasPrefix(Self.beginning) && Self.answer.hasPrefix(text))
    #expect(text.unicodeScalars.allSatisfy { $0 != "\u{FFFD}" })
    guard case .failure(let error) = end else {
      Issue.record("it ended as \(end)")
      return
    }
    switch (name, error) {
    case ("failing", .failed(_, let reason)): #expect(reason == "out of memory")
    case ("malformed", .cut(_, let reason)): #expect(reason.contains("{oops"))
    case ("cut", .cut), ("character", .cut): break
    default: Issue.record("\(error)")
    }
    // What was begun is never asked for again.
    let log = try server.ask("/log")
    #expect(
      try log.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }.array?.count == 1)
  }

  /// Says at once what stands in it.
  private struct Packet: Transport {
    let text: String

    func send(_ request: HTTPRequest) throws -> any HTTPAnswer { Body(text) }

    private final class Body: HTTPAnswer {
      let head = HTTPHead(status: 200, fields: ["Content-Type": "text/event-stream"])
      private var left: Data?

      init(_ text: String) { left = Data(text.utf8) }

      func next() throws -> Data? {
        defer { left = nil }
        return left
      }
    }
  }

  @Test func `what came in one packet with what is no answer is kept`() throws {
    let event = #"data: {"choices":[{"index":0,"delta":{"content":"ok"}}]}"#
    let chat = try ChatServer(
      ChatModel("http://127.0.0.1:1#m", api: .chat), environment: [:],
      transport: Packet(text: "\(event)\n\ndata: notjson\n\n"))
    var text = ""
    var failure: ChatError?
    do {
      _ = try chat.ask(Self.request(nil)) { text += $0 }
    } catch let error as ChatError {
      failure = error
    }
    #expect(text == "ok")
    guard case .cut(_, let reason)? = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
    #expect(reason.contains("notjson"))
  }

  @Test func `a busy server is asked again, one that refuses is not`() throws {
    let server = try LoopbackServer("chat")
    try server.ask("/faults", body: "[429, 503]")
    #expect(try ask(.chat, "good", server).text == Self.answer)
    try server.ask("/faults", body: "[500, 529, 500, 500]")
    let (_, end) = try ask(.anthropic, "good", server)
    #expect(
      end == .failure(.status(host: "http://127.0.0.1:\(server.port)", 500, reason: "fault 500")))
    try server.ask("/faults", body: "[413]")
    guard case .failure(.status(_, 413, "fault 413")) = try ask(.gemini, "good", server).end else {
      Issue.record("expected 413")
      return
    }
  }

  @Test func `a limit that goes by another name is sent by that`() throws {
    let server = try LoopbackServer("chat")
    #expect(try ask(.chat, "new-limit", server, limit: 9).end == .success("stop"))
    #expect(try ask(.chat, "old-limit", server, limit: 9).end == .success("stop"))
  }

  @Test func `servers that do not stream, and those that never hang up`() throws {
    let server = try LoopbackServer("chat")
    #expect(try ask(.chat, "whole", server).text == Self.answer)
    #expect(try ask(.chat, "open", server).end == .success("stop"))
  }

  @Test func `silence ends after the time one was ready to wait`() throws {
    let server = try LoopbackServer("chat")
    let (text, end) = try ask(.chat, "silent", server, patience: 1)
    #expect(text == "")
    #expect(end == .failure(.connection(host: "http://127.0.0.1:\(server.port)", .silent)))
  }

  @Test func `a model that is not there brings the list of those that are`() throws {
    let server = try LoopbackServer("chat")
    guard case .failure(let error) = try ask(.ollama, "none", server).end else { return }
    #expect(error.description.contains("model 'none' not found; it has good, slow"))
  }

  @Test(arguments: ChatModel.API.allCases)
  func `a key is shown to the server alone`(api: ChatModel.API) throws {
    let server = try LoopbackServer("chat", ["k3y"])
    #expect(try ask(api, "good", server, key: " k3y\n").text == Self.answer)
    guard case .failure(let none) = try ask(api, "good", server).end else { return }
    #expect(none.description.contains("set THE_KEY"))
    guard case .failure(let echo) = try ask(api, "echo", server, key: "k3y").end else { return }
    #expect(echo.description.contains("refuses the key of THE_KEY"))
    #expect(!echo.description.contains("k3y"))
    let chat = try ChatServer(
      model(api, "good", server), environment: ["THE_KEY": "k3y"], keyVariable: "THE_KEY",
      transport: CurlTransport(patience: 1))
    let shown = chat.description(of: Self.request(3))
    #expect(!shown.contains("k3y") && shown.contains("THE_KEY"))
    #expect(!shown.contains("/9gB") && shown.contains("3 bytes"))
    #expect(throws: ChatError.keyInTheClear(host: "chat.example", variable: "THE_KEY")) {
      try ChatServer(
        ChatModel("http://chat.example#a", api: api), environment: ["THE_KEY": "k3y"],
        keyVariable: "THE_KEY", transport: CurlTransport(patience: 1))
    }
  }

  @Test(
    arguments: [
      ("https://api.openai.com/v1#gpt", "https://api.openai.com/v1/chat/completions"),
      ("https://api.openai.com#gpt", "https://api.openai.com/v1/chat/completions"),
      ("https://api.openai.com/v1/responses#gpt", "https://api.openai.com/v1/responses"),
      ("http://localhost:11434#llava", "http://localhost:11434/api/chat"),
      ("http://localhost:11434/v1#llava", "http://localhost:11434/v1/chat/completions"),
      ("http://localhost:8080/#m", "http://localhost:8080/v1/chat/completions"),
      ("https://api.anthropic.com#claude", "https://api.anthropic.com/v1/messages"),
      ("http://localhost:8080/v1/messages#m", "http://localhost:8080/v1/messages"),
      (
        "https://generativelanguage.googleapis.com#gemini-x",
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-x:streamGenerateContent?alt=sse"
      ),
      (
        "https://generativelanguage.googleapis.com/v1beta/openai#gemini-x",
        "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"
      ),
    ])
  func `an address tells the dialect`(address: String, url: String) throws {
    #expect(try ChatModel(address).dialect.url.absoluteString == url)
  }

  @Test(arguments: [
    "", "llava", "http://localhost", "http://localhost#", "ftp://a#b", "http://u@h#m",
  ])
  func `what is no address is refused`(address: String) {
    #expect(throws: ChatError.address(address)) { try ChatModel(address) }
  }
}
