import TesseraModels
import TesseraTokenizers

/// How a retriever of pages reads texts, which are queries unless they are asked for as documents, and
/// the words around a page.
struct PageReading: Sendable {
  private let format: PageFormat
  private let tokenizer: Tokenizer

  init(_ format: PageFormat, _ tokenizer: Tokenizer) {
    (self.format, self.tokenizer) = (format, tokenizer)
  }

  /// - Parameter limit: of tokens; a query that is longer loses words, and nothing that stands behind
  ///   them.
  func read(
    _ text: String, task: TextTask?, limit: Int
  ) throws(EmbedderError) -> TextReader.ReadText {
    let words = words(text, task)
    let suffix = task == .document ? "" : format.querySuffix
    let whole = tokenizer.encode(words + suffix)
    let encoding = whole.ids.count <= limit ? whole : cut(words, suffix, limit: limit)
    guard !whole.ids.contains(format.pictureToken) else {
      throw .placeholderInText(format.placeholder)
    }
    return TextReader.ReadText(
      encoding: encoding, input: ModelInput(ids: encoding.ids, task: task ?? .query))
  }

  /// The text behind what stands before a query.
  func words(_ text: String, _ task: TextTask?) -> String {
    task == .document ? text : format.queryPrefix + text
  }

  private func cut(_ words: String, _ suffix: String, limit: Int) -> Encoding {
    let end = tokenizer.encode(suffix, addSpecialTokens: false).ids
    return tokenizer.encode(words, maxLength: max(1, limit - end.count)).followed(by: end)
  }

  func read(_ page: ModelInput.Page) throws(EmbedderError) -> TextReader.ReadText {
    let encoding = tokenizer.encode(format.text(of: page))
    let limit = format.maximumTextTokens(besideImage: true)
    guard encoding.ids.count <= limit else {
      throw .pageTooLong(tokens: encoding.ids.count, limit: limit)
    }
    return TextReader.ReadText(
      encoding: encoding, input: ModelInput(ids: encoding.ids, picture: .page(page)))
  }
}
