import Foundation
import TesseraJSON

/// Ollama's own: a JSON value a line, pictures beside the text.
struct OllamaChat: ChatDialect {
  let url: URL
  let modelsURL: URL?
  let model: String
  let keyVariable = "OLLAMA_API_KEY"

  func body(_ request: ChatRequest, isAbbreviated: Bool, alternative: Bool) -> String {
    let spelling = PictureSpelling(isAbbreviated: isAbbreviated)
    let texts = request.parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
    let pictures = request.parts.compactMap { part in
      if case .picture(let picture) = part { spelling.base64(picture) } else { nil }
    }
    return Self.json { object in
      object.member("model", model)
      object.objects("messages", [true, false]) { object, isSystem in
        object.member("role", isSystem ? "system" : "user")
        object.member("content", isSystem ? request.system : texts.joined(separator: "\n\n"))
        if !isSystem, !pictures.isEmpty { object.member("images", pictures) }
      }
      if let limit = request.maximumTokens {
        object.object("options") { $0.member("num_predict", limit) }
      }
      object.member("stream", true)
    }
  }

  func events(in value: JSONValue) -> [ChatEvent] {
    if let failure = Self.failure(in: value) { return [.failure(failure)] }
    var events: [ChatEvent] = []
    if let text = value["message"]?["content"]?.string, !text.isEmpty { events.append(.text(text)) }
    if value["done"]?.bool == true {
      events.append(.finish(value["done_reason"]?.string ?? "stop"))
    }
    return events
  }
}
