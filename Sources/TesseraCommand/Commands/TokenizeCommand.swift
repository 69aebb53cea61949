import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraTokenizers

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Shows the ids and tokens that a tokenizer makes of texts, special tokens included.",
    discussion: """
      Of the model only the tokenizer is read and run: the prompt and the lowercasing that a \
      sentence-transformers folder may ask for are not applied.
      """)

  @OptionGroup var model: ModelFolder
  @OptionGroup var items: ItemOptions
  @Option(
    parsing: .unconditional,
    help: "Cut to this many tokens, as encoding would; nothing is cut otherwise.")
  var maxLength: Int?

  func run() throws {
    let tokenizer = try Tokenizer(modelFolder: model.folder())
    let minimum = max(1, tokenizer.specialTokenCount)
    if let maxLength, maxLength < minimum {
      throw EmbedderError.limitTooLow(limit: maxLength, minimum: minimum)
    }
    let source = try items.source()
    let output = try OutputFile(path: nil)
    var outcome = Outcome()
    let progress = Progress("tokenized", of: source)
    try source.forEachBatch { batch in
      for line in batch {
        let json = JSONWriter.line { object in
          line.row.writeFields(to: &object, replacing: ["ids", "tokens"])
          switch line.item {
          case .success(let item):
            let encoding = tokenizer.encode(item.text ?? "", maxLength: maxLength)
            if item.text == nil { object.member("text", "") }
            object.member("ids", encoding.ids)
            object.member("tokens", encoding.ids.map { tokenizer.token($0) ?? "" })
            outcome.note(encoding, of: line.row.place)
          case .failure(let error):
            outcome.noteFailure(line.row.message(error))
            object.member("error", line.row.message(error))
          }
        }
        try output.write(json)
      }
      try output.flush()
      progress.advance(by: batch.count)
    }
    progress.end()
    try output.finish()
    try outcome.end()
  }
}

extension Outcome {
  fileprivate mutating func note(_ encoding: Encoding, of place: String) {
    if encoding.isTruncated {
      noteTruncation(kept: encoding.ids.count, total: encoding.totalCount, of: place)
    }
    let unknown = encoding.unknownText
    if unknown.count > 0 {
      noteUnknown(count: unknown.count, examples: unknown.examples, of: place)
    }
  }
}
