import TesseraModels
import TesseraTokenizers

/// Turns texts into ids, within the model's limits.
package struct TextReader: Sendable {
  package let tokenizer: Tokenizer
  private let rules: TextRules
  private let limitAlone: Int
  private let limitBesideImage: Int
  /// What fills every text, and up to how many tokens.
  private let padding: (id: Int, length: Int)?

  /// Reads the vocabulary.
  ///
  /// - Throws: what is wrong with a file, or `EmbedderError.limitTooLow`.
  init(_ folder: ModelFiles, _ family: any ModelFamily, maxLength: Int?) throws {
    let tokenizer = try Tokenizer(folder: folder.transformerFolder)
    try family.check(tokenizer)
    let rules = try TextRules(folder, family.textStyle, tokenizer)
    let format = family.format
    let minimum = max(1, tokenizer.specialTokenCount)
    func limit(besideImage: Bool) throws -> Int {
      let own = format.maximumTextTokens(besideImage: besideImage)
      let limit = [own, rules.maximumTokens, maxLength].compactMap { $0 }.min()
      guard let limit, limit >= minimum else {
        throw EmbedderError.limitTooLow(limit: limit ?? own, minimum: minimum)
      }
      return limit
    }
    limitAlone = try limit(besideImage: false)
    limitBesideImage = format.imageSize == nil ? limitAlone : try limit(besideImage: true)
    padding = format.textPadding.flatMap { padding in
      tokenizer.specialTokens.padID.map { ($0, padding.length) }
    }
    self.tokenizer = tokenizer
    self.rules = rules
  }

  /// The text's ids, and what was lost on the way.
  func ids(of text: String, besideImage: Bool) -> Encoding {
    tokenizer.encode(asRead(text), maxLength: limit(besideImage: besideImage))
  }

  /// The ids as the model reads them: with the padding that it was trained on.
  func padded(_ ids: [Int]) -> [Int] {
    guard let padding, ids.count < padding.length else { return ids }
    return ids + Array(repeating: padding.id, count: padding.length - ids.count)
  }

  /// The text as the tokenizer gets it.
  package func asRead(_ text: String) -> String { rules.applied(to: text) }

  /// Tokens that are read, special ones included.
  package func limit(besideImage: Bool) -> Int { besideImage ? limitBesideImage : limitAlone }
}
