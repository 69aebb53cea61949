/// BERT's model: of each word the longest prefix in the vocabulary, then of the rest the longest
/// with "##" before it, and so on.
///
/// A word that cannot be finished is unknown as a whole.
struct WordPiece: Model {
  let vocabulary: Vocabulary<Trie>
  private let unknown: Int32
  /// In scalars; a longer word is unknown.
  private let maximumWordLength: Int
  /// Where in the trie the pieces that continue a word begin; nil: there are none.
  private let continuation: UInt32?

  var unknownID: Int? { Int(unknown) }

  init(
    vocabulary: Vocabulary<Trie>, unknown: Int32, continuingPrefix: String = "##",
    maximumWordLength: Int = 100
  ) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.maximumWordLength = maximumWordLength
    continuation = vocabulary.index.node(after: continuingPrefix.utf8)
  }

  func tokenize(_ text: PreTokenizedText, into tokens: inout TokenList) {
    var wordPieces: [Int32] = []
    for word in text.pieces {
      tokens.beginWord(text.bytes[word])
      wordPieces.removeAll(keepingCapacity: true)
      if isTooLong(word, in: text.bytes) || !split(word, of: text.bytes, into: &wordPieces) {
        tokens.appendUnknown(unknown, for: text.bytes[word])
      } else {
        for id in wordPieces { tokens.append(id) }
      }
    }
  }

  private func isTooLong(_ word: Range<Int>, in bytes: [UInt8]) -> Bool {
    word.count > maximumWordLength && bytes.scalarCount(in: word) > maximumWordLength
  }

  /// Appends the ids of the word's pieces; false if some part of it matches none.
  private func split(_ word: Range<Int>, of bytes: [UInt8], into ids: inout [Int32]) -> Bool {
    var start = word.lowerBound
    var node = Trie.root
    while start < word.upperBound {
      var longest: (id: Int32, end: Int)?
      var offset = start
      while offset < word.upperBound, let child = vocabulary.index.child(of: node, bytes[offset]) {
        node = child
        offset += 1
        let id = vocabulary.index.value(at: node)
        if id != Trie.noValue { longest = (id, offset) }
      }
      guard let longest else { return false }
      ids.append(longest.id)
      start = longest.end
      guard let continuation else { return start == word.upperBound }
      node = continuation
    }
    return true
  }
}
