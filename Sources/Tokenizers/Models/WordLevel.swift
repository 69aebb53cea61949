/// Each piece as it stands is a token, or unknown.
struct WordLevel: Model {
  let vocabulary: Vocabulary<Trie>
  private let unknown: Int32

  var unknownID: Int? { Int(unknown) }

  init(vocabulary: Vocabulary<Trie>, unknown: Int32) {
    self.vocabulary = vocabulary
    self.unknown = unknown
  }

  func tokenize(_ text: PreTokenizedText, into tokens: inout TokenList) {
    for piece in text.pieces {
      let word = text.bytes[piece]
      tokens.beginWord(word)
      if let id = vocabulary.id(word) {
        tokens.append(id)
      } else {
        tokens.appendUnknown(unknown, for: word)
      }
    }
  }
}
