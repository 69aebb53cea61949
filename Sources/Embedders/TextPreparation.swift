import TesseraModels
import TesseraTokenizers

/// Turns a text into ids, within the model's limits.
struct TextPreparation: Sendable {
  let tokenizer: Tokenizer
  private let rules: TextRules
  private let limitAlone: Int
  private let limitBesideImage: Int

  /// Waits for the tokenizer.
  ///
  /// - Throws: what is wrong with a file, or `EmbedderError.limitTooLow`.
  init(_ description: ModelDescription, maxLength: Int?) throws {
    let inputFormat = description.kind.inputFormat
    let tokenizer = try description.tokenizer()
    let rules = try description.textRules(tokenizer)
    let minimum = max(1, tokenizer.specialTokenCount)
    func limit(besideImage: Bool) throws -> Int {
      let own = inputFormat.maximumTextTokens(besideImage: besideImage)
      let limit = [own, rules.maximumTokens, maxLength].compactMap { $0 }.min()
      guard let limit, limit >= minimum else {
        throw EmbedderError.limitTooLow(limit: limit ?? own, minimum: minimum)
      }
      return limit
    }
    limitAlone = try limit(besideImage: false)
    limitBesideImage = inputFormat.imageSize == nil ? limitAlone : try limit(besideImage: true)
    self.tokenizer = tokenizer
    self.rules = rules
  }

  func encode(_ text: String, besideImage: Bool) -> Encoding {
    tokenizer.encode(rules.applied(to: text), maxLength: limit(besideImage: besideImage))
  }

  /// The text, word by word, as `encode` reads it.
  func reading(of text: String, besideImage: Bool) -> TextReading {
    TextReading(rules.applied(to: text), limit: limit(besideImage: besideImage), tokenizer)
  }

  private func limit(besideImage: Bool) -> Int { besideImage ? limitBesideImage : limitAlone }
}
