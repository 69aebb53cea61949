import Foundation
import TesseraJSON

/// Gemini's own, as a stream of events.
struct GeminiContents: ChatDialect {
  let url: URL
  let modelsURL: URL?
  let keyVariable = "GEMINI_API_KEY"

  func header(key: String) -> (name: String, value: String) { ("x-goog-api-key", key) }

  func body(_ request: ChatRequest, isAbbreviated: Bool, alternative: Bool) -> String {
    let spelling = PictureSpelling(isAbbreviated: isAbbreviated)
    return Self.json { object in
      object.object("system_instruction") { object in
        object.objects("parts", [request.system]) { $0.member("text", $1) }
      }
      object.objects("contents", [0]) { object, _ in
        object.member("role", "user")
        object.objects("parts", request.parts) { object, part in
          switch part {
          case .text(let text): object.member("text", text)
          case .picture(let picture):
            object.object("inline_data") { object in
              object.member("mime_type", picture.type)
              object.member("data", spelling.base64(picture))
            }
          }
        }
      }
      if let limit = request.maximumTokens {
        object.object("generationConfig") { $0.member("maxOutputTokens", limit) }
      }
    }
  }

  func events(in value: JSONValue) -> [ChatEvent] {
    if let failure = Self.failure(in: value) { return [.failure(failure)] }
    // A server that does not stream gives all pieces in a list.
    if let pieces = value.array { return pieces.flatMap(events) }
    if let reason = value["promptFeedback"]?["blockReason"]?.string { return [.finish(reason)] }
    var events: [ChatEvent] = []
    for candidate in value["candidates"]?.array ?? [] {
      for part in candidate["content"]?["parts"]?.array ?? [] where part["thought"]?.bool != true {
        if let text = part["text"]?.string, !text.isEmpty { events.append(.text(text)) }
      }
      if let reason = candidate["finishReason"]?.string {
        events.append(.finish(["STOP": "stop", "MAX_TOKENS": "length"][reason] ?? reason))
      }
    }
    return events
  }
}
