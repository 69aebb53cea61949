import TesseraEmbedders
import TesseraJSON

/// The service as tools of the Model Context Protocol: JSON-RPC 2.0, a message a line.
///
/// A tool is a route: what it is given is the route's request, and what it says is the route's
/// answer.
package struct MCPServer: Sendable {
  private let service: Service
  /// Versions of the protocol whose messages are these, the latest first.
  static let versions = ["2025-06-18", "2025-03-26", "2024-11-05"]

  package init(_ service: Service) { self.service = service }

  /// What is said to a message.
  package struct Reply: Sendable {
    /// A message.
    package let line: String
    /// Whether it answers a request, and not what is none.
    let isAnswer: Bool
  }

  /// What is said to one message; nil where nothing is.
  ///
  /// - Parameter client: who takes turns with others.
  package func reply(to line: String, client: String = "mcp") async -> Reply? {
    let message: JSONValue
    do {
      message = try JSONReader.read(line) { try $0.readValue() }
    } catch {
      return Reply(line: failure(.null, -32700, "\(error)"), isAnswer: false)
    }
    guard message["jsonrpc"]?.string == "2.0", let method = message["method"]?.string,
      message["params"].map(\.isObject) ?? true, message["id"].map(\.isName) ?? true
    else {
      let problem = "a request with jsonrpc 2.0, a method, and an id that names it is expected"
      return Reply(line: failure(.null, -32600, problem), isAnswer: false)
    }
    // What has no id is told, not asked.
    guard let id = message["id"] else { return nil }
    return Reply(line: await answer(method, id, message, client), isAnswer: true)
  }

  private func answer(
    _ method: String, _ id: JSONValue, _ message: JSONValue, _ client: String
  ) async -> String {
    switch method {
    case "initialize": return success(id) { initialize(message["params"], &$0) }
    case "ping": return success(id) { _ in }
    case "tools/list":
      return success(id) { result in
        result.objects("tools", MCPTool.all(of: service)) { $1.write(to: &$0) }
      }
    case "tools/call": return await call(id, message["params"], client)
    default: return failure(id, -32601, "there is no method \(method.prefix(60))")
    }
  }

  private func initialize(_ params: JSONValue?, _ result: inout JSONWriter.ObjectWriter) {
    let asked = params?["protocolVersion"]?.string
    result.member(
      "protocolVersion", Self.versions.first { $0 == asked } ?? Self.versions[0])
    result.object("capabilities") { $0.object("tools") { _ in } }
    result.object("serverInfo") { info in
      info.member("name", "tessera")
      info.member("version", TesseraBuild.version)
    }
  }

  private func call(_ id: JSONValue, _ params: JSONValue?, _ client: String) async -> String {
    guard let name = params?["name"]?.string,
      let tool = MCPTool.all(of: service).first(where: { $0.name == name })
    else { return failure(id, -32602, "there is no such tool") }
    let arguments = params?["arguments"] ?? .object([])
    let question = Question(
      method: "POST", path: tool.path, body: Array(arguments.text.utf8), client: client,
      id: "mcp")
    guard let answer = try? await service.answerUnlocked(question) else {
      return failure(id, -32603, "the server is stopping")
    }
    let text = String(decoding: answer.body, as: UTF8.self)
    return success(id) { result in
      result.objects("content", [text]) { object, text in
        object.member("type", "text")
        object.member("text", text)
      }
      result.member("isError", answer.status != 200)
    }
  }

  private func success(
    _ id: JSONValue, _ body: (inout JSONWriter.ObjectWriter) -> Void
  ) -> String {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("jsonrpc", "2.0")
      object.member("id") { id.write(to: &$0) }
      object.object("result", body)
    }
    return json.text
  }

  private func failure(_ id: JSONValue, _ code: Int, _ message: String) -> String {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("jsonrpc", "2.0")
      object.member("id") { id.write(to: &$0) }
      object.object("error") { error in
        error.member("code", code)
        error.member("message", message)
      }
    }
    return json.text
  }
}

extension JSONValue {
  fileprivate var isObject: Bool {
    if case .object = self { true } else { false }
  }

  /// A text or a whole number.
  fileprivate var isName: Bool {
    switch self {
    case .string: true
    case .number(let number): number == number.rounded()
    default: false
    }
  }
}
