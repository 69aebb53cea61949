import Foundation
import TesseraEmbedders
import TesseraJSON

/// OpenAI's words for an answer, whole or in chunks.
struct ChatCompletionWriting: Sendable {
  private let id: String
  private let created: Int
  private let model: String
  private let includesUsage: Bool

  init(_ request: ChatCompletionRequest, id: String) {
    self.id = "chatcmpl-\(id)"
    created = Int(Date().timeIntervalSince1970)
    model = request.model.name
    includesUsage = request.includesUsage
  }

  func whole(_ answer: ChatAnswer) -> String {
    JSONWriter.line { object in
      head(&object, "chat.completion")
      object.objects("choices", [answer]) { choice, answer in
        choice.member("index", 0)
        choice.object("message") { message in
          message.member("role", "assistant")
          message.member("content", answer.text)
        }
        choice.member("logprobs") { $0.writeRaw("null") }
        choice.member("finish_reason", Self.reason(answer))
      }
      usage(&object, answer)
    }
  }

  var beginning: [UInt8] {
    chunk(reason: nil) { delta in
      delta.member("role", "assistant")
      delta.member("content", "")
    }
  }

  func piece(_ text: String) -> [UInt8] { chunk(reason: nil) { $0.member("content", text) } }

  func end(_ answer: ChatAnswer) -> [UInt8] {
    var bytes = chunk(reason: Self.reason(answer)) { _ in }
    if includesUsage {
      bytes += Self.event { object in
        head(&object, "chat.completion.chunk")
        object.member("choices") { $0.writeRaw("[]") }
        usage(&object, answer)
      }
    }
    return bytes + Array("data: [DONE]\n\n".utf8)
  }

  /// What goes wrong behind the first token.
  func failure(_ problem: Problem) -> [UInt8] {
    Self.event { object in
      object.object("error") { error in
        error.member("message", problem.message)
        error.member("type", "server_error")
      }
    }
  }

  // MARK: Parts

  private func head(_ object: inout JSONWriter.ObjectWriter, _ kind: String) {
    object.member("id", id)
    object.member("object", kind)
    object.member("created", created)
    object.member("model", model)
  }

  private func chunk(
    reason: String?, _ delta: @escaping (inout JSONWriter.ObjectWriter) -> Void
  ) -> [UInt8] {
    Self.event { object in
      head(&object, "chat.completion.chunk")
      object.objects("choices", [delta]) { choice, delta in
        choice.member("index", 0)
        choice.object("delta", delta)
        choice.member("finish_reason") { $0.write(reason) }
      }
    }
  }

  private func usage(_ object: inout JSONWriter.ObjectWriter, _ answer: ChatAnswer) {
    object.object("usage") { usage in
      usage.member("prompt_tokens", answer.promptTokenCount)
      usage.member("completion_tokens", answer.tokenIDs.count)
      usage.member("total_tokens", answer.promptTokenCount + answer.tokenIDs.count)
    }
  }

  private static func event(_ body: (inout JSONWriter.ObjectWriter) -> Void) -> [UInt8] {
    // A line ends with a line feed; an event, with an empty line.
    Array("data: \(JSONWriter.line(body))\n".utf8)
  }

  private static func reason(_ answer: ChatAnswer) -> String {
    answer.end == .length ? "length" : "stop"
  }
}
