import TesseraTokenizers

extension TextReader {
  /// What the tokenizer gets of a text.
  package struct Wording {
    package let text: String
    /// Tokens of it that are read, special ones included, the marker not.
    package let limit: Int
    /// A token that is put before the text's own, as if it were a special one.
    package let marker: Int?

    init(text: String, limit: Int, marker: Int? = nil) {
      self.text = text
      self.limit = limit
      self.marker = marker
    }

    func encoding(_ tokenizer: Tokenizer) -> Encoding {
      let encoding = tokenizer.encode(text, maxLength: limit)
      return marker.map(encoding.marked) ?? encoding
    }
  }
}
