import TesseraFiles
import TesseraJSON
import TesseraRetrieval
import TesseraServing

/// Writes the answer to one question, as it comes or as a row.
final class AnswerWriter {
  private let output: OutputFile
  private let format: AskCommand.Format
  private let question: ItemRow
  private let isFirst: Bool
  private var answer = ""
  private var hits: [StoreHit] = []

  init(_ output: OutputFile, _ format: AskCommand.Format, _ question: ItemRow, isFirst: Bool) {
    self.output = output
    self.format = format
    self.question = question
    self.isFirst = isFirst
  }

  /// - Parameter ask: hands on pieces of the answer, and gives why it ended.
  /// - Throws: what `ask` throws; what came before stays.
  func answer(_ sources: ChatSources, _ ask: ((String) throws -> Void) throws -> String) throws {
    hits = sources.hits
    if format == .text, !isFirst { try output.write("\n") }
    let end = try ask { piece in
      self.answer += piece
      guard self.format == .text else { return }
      try self.output.write(piece.withoutControls)
      try self.output.flush()
    }
    switch format {
    case .jsonl: try writeRow(end: end, error: nil)
    case .text:
      try output.write((answer.hasSuffix("\n") ? "" : "\n") + "\n" + sourceLines)
      if end == "length" {
        StandardError.note("the answer reached the limit of its tokens; --max-tokens sets it")
      } else if end != "stop" {
        StandardError.note("the server ended the answer: \(end)")
      }
    }
    try output.flush()
  }

  /// Says why there is no answer, or not all of it.
  func fail(_ reason: String) throws {
    if format == .jsonl {
      try writeRow(end: nil, error: reason)
    } else if !answer.isEmpty {
      try output.write((answer.hasSuffix("\n") ? "" : "\n") + "\n" + sourceLines)
    }
    try output.flush()
    StandardError.write("error: \(reason)")
  }

  private var sourceLines: String {
    hits.enumerated().map { number, hit in
      "[\(number + 1)]\(Decimals.text(hit.score, digits: 4, width: 9))  \(hit.item.label)\n"
    }.joined()
  }

  private func writeRow(end: String?, error: String?) throws {
    try output.write(
      JSONWriter.line { object in
        question.writeFields(to: &object, replacing: ["answer", "end", "error", "sources"])
        object.member("answer", answer)
        if let end { object.member("end", end) }
        if let error { object.member("error", error) }
        object.objects("sources", hits.enumerated()) { object, hit in
          object.member("number", hit.offset + 1)
          object.member("id", hit.element.item.id)
          object.member("score", hit.element.score)
          hit.element.item.writeFacts(to: &object)
        }
      })
  }
}
