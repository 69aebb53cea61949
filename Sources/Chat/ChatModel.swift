import Foundation

/// A model of a server, by its address and its name: `http://localhost:11434#llava`.
package struct ChatModel: Sendable {
  package let dialect: any ChatDialect

  package enum API: String, Sendable, CaseIterable {
    /// OpenAI's chat completions.
    case chat
    /// OpenAI's Responses.
    case responses
    case ollama, anthropic, gemini
  }

  /// - Parameters:
  ///   - address: a URL, `#`, and the name of a model.
  ///   - api: nil where the address tells it.
  /// - Throws: `ChatError.address`.
  package init(_ address: String, api: API? = nil) throws {
    guard let mark = address.firstIndex(of: "#"), let url = URL(string: String(address[..<mark])),
      let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = url.host(), !host.isEmpty, url.user() == nil
    else { throw ChatError.address(address) }
    let model = String(address[address.index(after: mark)...])
    guard !model.isEmpty else { throw ChatError.address(address) }
    let api = api ?? Self.api(of: url)
    let base = Self.base(of: url, api)
    switch api {
    case .chat:
      // Gemini speaks this dialect too, with a key of its own.
      let isGemini = host == Self.geminiHost
      dialect = ChatCompletions(
        url: base.appending(path: "chat/completions"), modelsURL: base.appending(path: "models"),
        model: model, keyVariable: isGemini ? "GEMINI_API_KEY" : "OPENAI_API_KEY")
    case .responses:
      dialect = OpenAIResponses(
        url: base.appending(path: "responses"), modelsURL: base.appending(path: "models"),
        model: model, keyVariable: "OPENAI_API_KEY")
    case .ollama:
      dialect = OllamaChat(
        url: base.appending(path: "api/chat"), modelsURL: base.appending(path: "api/tags"),
        model: model)
    case .anthropic:
      dialect = AnthropicMessages(
        url: base.appending(path: "messages"), modelsURL: base.appending(path: "models"),
        model: model)
    case .gemini:
      dialect = GeminiContents(
        url: base.appending(path: "models/\(model):streamGenerateContent")
          .appending(queryItems: [URLQueryItem(name: "alt", value: "sse")]),
        modelsURL: base.appending(path: "models"))
    }
  }

  private static let geminiHost = "generativelanguage.googleapis.com"
  /// How addresses end that name where questions go.
  private static let ends: [(end: String, api: API)] = [
    ("/chat/completions", .chat), ("/responses", .responses), ("/api/chat", .ollama),
    ("/messages", .anthropic),
  ]

  private static func api(of url: URL) -> API {
    let path = url.path()
    if let end = ends.first(where: { path.hasSuffix($0.end) }) { return end.api }
    switch url.host() {
    case "api.anthropic.com": return .anthropic
    case geminiHost:
      return path.hasSuffix("/openai") || path.hasSuffix("/openai/") ? .chat : .gemini
    default: return url.port == 11434 && path.count <= 1 ? .ollama : .chat
    }
  }

  /// What all addresses of the server begin with.
  private static func base(of url: URL, _ api: API) -> URL {
    var text = url.absoluteString
    while text.hasSuffix("/") { text.removeLast() }
    for (end, _) in ends where text.hasSuffix(end) { text.removeLast(end.count) }
    let base = URL(string: text) ?? url
    guard base.path().count <= 1 else { return base }
    switch api {
    case .chat, .responses, .anthropic: return base.appending(path: "v1")
    case .gemini: return base.appending(path: "v1beta")
    case .ollama: return base
    }
  }
}
