/// A text encoder that reads its tokens and nothing else.
struct TextFormat: InputFormat {
  let vocabularySize: Int
  /// Tokens of a text that fit, special ones included.
  let maximumTokens: Int
  let tokenTypeCount: Int

  init(vocabularySize: Int, maximumTokens: Int, tokenTypeCount: Int = 0) {
    self.vocabularySize = vocabularySize
    self.maximumTokens = maximumTokens
    self.tokenTypeCount = tokenTypeCount
  }

  func maximumTextTokens(besideImage: Bool) -> Int { maximumTokens }

  func layout(of input: ModelInput) -> [SequenceRow] {
    input.ids.indices.map { SequenceRow(.token($0), position: $0) }
  }
}
