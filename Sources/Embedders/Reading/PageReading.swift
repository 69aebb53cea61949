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
    let wording = wording(of: text, task: task, limit: limit)
    let suffix = suffix(task)
    let whole = tokenizer.encode(wording.text + suffix)
    let encoding =
      whole.ids.count <= limit
      ? whole
      : tokenizer.encode(wording.text, maxLength: wording.room).followed(by: ids(suffix))
    guard !whole.ids.contains(format.pictureToken) else {
      throw .placeholderInText(format.placeholder)
    }
    return TextReader.ReadText(
      encoding: encoding, input: ModelInput(ids: encoding.ids, task: task ?? .query))
  }

  /// The same before it becomes tokens: the text behind what stands before a query.
  func wording(of text: String, task: TextTask?, limit: Int) -> TextWording {
    TextWording(
      text: task == .document ? text : format.queryPrefix + text, limit: limit,
      followingCount: ids(suffix(task)).count)
  }

  private func suffix(_ task: TextTask?) -> String {
    task == .document ? "" : format.querySuffix
  }

  private func ids(_ suffix: String) -> [Int] {
    suffix.isEmpty ? [] : tokenizer.encode(suffix, addSpecialTokens: false).ids
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
