/// A text as its tokenizer gets it, and what the model has beside its tokens.
package struct TextWording: Sendable {
  /// Behind its prompt.
  package let text: String
  /// Tokens that are read, the model's own included.
  package let limit: Int
  /// A token of the model's own before the first of the text's.
  package var marker: Int?
  /// Tokens of the model's own behind the text's, which no limit cuts.
  package var followingCount = 0

  /// Tokens that are left for the text and what the tokenizer puts around it.
  package var room: Int { max(1, limit - (marker == nil ? 0 : 1) - followingCount) }
}
