/// A text as a model takes it in, word by word.
package struct WordEncoding: Sendable {
  package let encoding: Encoding
  /// All ids, without a limit.
  package let ids: [Int]
  /// In the order of the text, those beyond the limit included.
  package let words: [Word]
  /// Where the text's own tokens stand among all, without a limit.
  package let textTokens: Range<Int>
  /// Those of `textTokens` that are within the limit.
  package let keptTokens: Range<Int>

  /// What the pre-tokenizer cuts: in most scripts a word or a punctuation mark.
  package struct Word: Equatable, Sendable {
    /// As the normalizer left it.
    package let text: String
    /// Special tokens before the text are counted; without a limit. Empty where the vocabulary has
    /// nothing for any part of the word, not even a token for what is unknown.
    package let tokens: Range<Int>
    /// Whether some of it is one and the same token as all that is unknown.
    package let isUnknown: Bool

    package init(text: String, tokens: Range<Int>, isUnknown: Bool) {
      self.text = text
      self.tokens = tokens
      self.isUnknown = isUnknown
    }
  }
}
