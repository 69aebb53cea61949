import Foundation
import TesseraJSON

/// OpenAI's chat completions, as llama.cpp, vLLM, Ollama and Gemini speak them too.
struct ChatCompletions: ChatDialect {
  let url: URL
  let modelsURL: URL?
  let model: String
  let keyVariable: String

  /// OpenAI's own newer models refuse `max_tokens`, and other servers know nothing else.
  private var isOpenAI: Bool { url.host() == "api.openai.com" }

  func body(_ request: ChatRequest, isAbbreviated: Bool, alternative: Bool) -> String {
    let spelling = PictureSpelling(isAbbreviated: isAbbreviated)
    return Self.json { object in
      object.member("model", model)
      object.member("messages") { json in
        json.writeArray([true, false]) { json, isSystem in
          json.writeObject { object in
            object.member("role", isSystem ? "system" : "user")
            if isSystem {
              object.member("content", request.system)
            } else {
              object.objects("content", request.parts) { object, part in
                switch part {
                case .text(let text):
                  object.member("type", "text")
                  object.member("text", text)
                case .picture(let picture):
                  object.member("type", "image_url")
                  object.object("image_url") { $0.member("url", spelling.dataURL(picture)) }
                }
              }
            }
          }
        }
      }
      if let limit = request.maximumTokens {
        object.member(isOpenAI != alternative ? "max_completion_tokens" : "max_tokens", limit)
      }
      object.member("stream", true)
    }
  }

  func wantsAlternative(_ reason: String) -> Bool {
    reason.contains("max_tokens") || reason.contains("max_completion_tokens")
  }

  func events(in value: JSONValue) -> [ChatEvent] {
    if let failure = Self.failure(in: value) { return [.failure(failure)] }
    var events: [ChatEvent] = []
    for choice in value["choices"]?.array ?? [] {
      let message = choice["delta"] ?? choice["message"]
      if let text = message?["content"]?.string, !text.isEmpty { events.append(.text(text)) }
      if let parts = message?["content"]?.array {
        events += parts.compactMap { $0["text"]?.string.map { .text($0) } }
      }
      if let refusal = message?["refusal"]?.string, !refusal.isEmpty {
        events.append(.text(refusal))
      }
      if let reason = choice["finish_reason"]?.string { events.append(.finish(reason)) }
    }
    return events
  }
}
