import Synchronization
import TesseraEmbedders
import TesseraJSON

/// Writes answers as they come, or as rows.
///
/// One at a time: its parts are used by the task that answers.
struct ChatWriter: Sendable {
  let format: ChatCommand.Format
  let options: ChatOptions
  private let output: ChatOutput

  init(_ format: ChatCommand.Format, _ options: ChatOptions) throws {
    output = try ChatOutput()
    self.format = format
    self.options = options
  }

  func piece(_ text: String) throws {
    guard format == .text else { return }
    try output.write(text.withoutControls)
  }

  /// Nil where steps are not told.
  var step: ((ChatStep) throws -> Void)? {
    guard options.candidates > 0 else { return nil }
    return { [output] step in
      try output.write(
        JSONWriter.line { object in
          object.member("step", step.index)
          object.member("id", step.id)
          object.member("token", step.token)
          object.objects("candidates", step.candidates) { object, candidate in
            object.member("id", candidate.id)
            object.member("token", candidate.token)
            object.member("logit", candidate.logit)
            object.member("probability", candidate.probability)
          }
        })
    }
  }

  func end(_ answer: ChatAnswer, _ index: Int, to text: String, _ images: [String]) throws {
    switch format {
    case .text:
      try output.write(answer.text.hasSuffix("\n") ? "" : "\n")
      if answer.end == .length {
        StandardError.note(
          "the answer reached the limit of its tokens (\(answer.tokenIDs.count));"
            + " --max-new-tokens sets it, where the context has room")
      } else if answer.end == .interrupted {
        StandardError.note("the answer was stopped")
      }
    case .jsonl:
      try output.write(
        JSONWriter.line { object in
          object.member("index", index)
          object.member("text", text)
          if !images.isEmpty { object.member("images", images) }
          object.member("answer", answer.text)
          object.member("end", answer.end.rawValue)
          object.member("prompt_tokens", answer.promptTokenCount)
          object.member("answer_tokens", answer.tokenIDs.count)
          object.member("seed") { $0.writeRaw(String(answer.seed)) }
        })
    }
  }
}

/// Standard output, shared between the command and the task that answers.
private final class ChatOutput: Sendable {
  private let file: Mutex<OutputFile>

  init() throws { file = Mutex(try OutputFile(path: nil)) }

  func write(_ text: String) throws {
    try file.withLock { file in
      try file.write(text)
      try file.flush()
    }
  }
}
