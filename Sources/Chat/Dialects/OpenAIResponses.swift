import Foundation
import TesseraJSON

/// OpenAI's Responses: typed events, and none that says DONE.
struct OpenAIResponses: ChatDialect {
  let url: URL
  let modelsURL: URL?
  let model: String
  let keyVariable: String

  func body(_ request: ChatRequest, isAbbreviated: Bool, alternative: Bool) -> String {
    let spelling = PictureSpelling(isAbbreviated: isAbbreviated)
    return Self.json { object in
      object.member("model", model)
      object.member("instructions", request.system)
      object.objects("input", [0]) { object, _ in
        object.member("role", "user")
        object.objects("content", request.parts) { object, part in
          switch part {
          case .text(let text):
            object.member("type", "input_text")
            object.member("text", text)
          case .picture(let picture):
            object.member("type", "input_image")
            object.member("image_url", spelling.dataURL(picture))
          }
        }
      }
      if let limit = request.maximumTokens { object.member("max_output_tokens", limit) }
      // What is asked here is nobody else's.
      object.member("store", false)
      object.member("stream", true)
    }
  }

  func events(in value: JSONValue) -> [ChatEvent] {
    switch value["type"]?.string {
    case "response.output_text.delta", "response.refusal.delta":
      return (value["delta"]?.string).map { [.text($0)] } ?? []
    case "response.completed": return [.finish("stop")]
    case "response.incomplete":
      let reason = value["response"]?["incomplete_details"]?["reason"]?.string
      return [.finish(reason == "max_output_tokens" ? "length" : reason ?? "incomplete")]
    case "response.failed":
      return [.failure(value["response"].flatMap(Self.failure) ?? "no reason is given")]
    case "error": return [.failure(Self.failure(in: value) ?? "no reason is given")]
    case .some: return []
    case nil: return whole(value)
    }
  }

  private func whole(_ value: JSONValue) -> [ChatEvent] {
    if let failure = Self.failure(in: value) { return [.failure(failure)] }
    let parts = (value["output"]?.array ?? []).flatMap { $0["content"]?.array ?? [] }
    let texts = parts.compactMap { $0["text"]?.string ?? $0["refusal"]?.string }
    let end = (value["status"]?.string).map { $0 == "completed" ? "stop" : $0 }
    return texts.map { .text($0) } + (end.map { [.finish($0)] } ?? [])
  }
}
