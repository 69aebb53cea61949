import Foundation
import TesseraJSON

/// Anthropic's messages, which need a limit.
struct AnthropicMessages: ChatDialect {
  let url: URL
  let modelsURL: URL?
  let model: String
  let keyVariable = "ANTHROPIC_API_KEY"

  private static let defaultLimit = 1024

  var headers: [String: String] { ["anthropic-version": "2023-06-01"] }

  func header(key: String) -> (name: String, value: String) { ("x-api-key", key) }

  func body(_ request: ChatRequest, isAbbreviated: Bool, alternative: Bool) -> String {
    let spelling = PictureSpelling(isAbbreviated: isAbbreviated)
    return Self.json { object in
      object.member("model", model)
      object.member("max_tokens", request.maximumTokens ?? Self.defaultLimit)
      object.member("system", request.system)
      object.objects("messages", [0]) { object, _ in
        object.member("role", "user")
        object.objects("content", request.parts) { object, part in
          switch part {
          case .text(let text):
            object.member("type", "text")
            object.member("text", text)
          case .picture(let picture):
            object.member("type", "image")
            object.object("source") { object in
              object.member("type", "base64")
              object.member("media_type", picture.type)
              object.member("data", spelling.base64(picture))
            }
          }
        }
      }
      object.member("stream", true)
    }
  }

  func events(in value: JSONValue) -> [ChatEvent] {
    switch value["type"]?.string {
    case "content_block_delta":
      let delta = value["delta"]
      guard delta?["type"]?.string == "text_delta" else { return [] }
      return (delta?["text"]?.string).map { [.text($0)] } ?? []
    case "message_delta":
      return (value["delta"]?["stop_reason"]?.string).map { [.finish(Self.word($0))] } ?? []
    case "message_stop": return [.finish("stop")]
    case "error": return [.failure(Self.failure(in: value) ?? "no reason is given")]
    case "message":
      let texts = (value["content"]?.array ?? []).compactMap { $0["text"]?.string }
      return texts.map { .text($0) } + [.finish(Self.word(value["stop_reason"]?.string ?? "stop"))]
    default: return []
    }
  }

  private static func word(_ reason: String) -> String {
    switch reason {
    case "end_turn", "stop_sequence": "stop"
    case "max_tokens": "length"
    default: reason
    }
  }
}
