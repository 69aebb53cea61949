/// Byte-pair encoding: a word begins as its characters, and of all neighbours that may merge, the
/// pair of lowest rank does, the leftmost of equals, until none may.
struct BPE: Model {
  struct Options: Sendable {
    /// Written before every character but a word's first, in the vocabulary.
    var continuingPrefix = ""
    /// Written behind a word's last character, in the vocabulary.
    var endOfWordSuffix = ""
    /// Nil: unknown characters are left out.
    var unknown: Int32?
    var fusesUnknown = false
    var byteFallback = false
    /// A word that is in the vocabulary as it stands is not split at all.
    var ignoresMerges = false
  }

  let vocabulary: Vocabulary<Trie>
  private let merges: MergeTable
  private let options: Options
  private let prefix: [UInt8]
  private let suffix: [UInt8]
  /// Where in the trie the characters behind a word's first begin; nil: there are none.
  private let continuation: UInt32?
  private let byteTokens: [Int32?]?

  var unknownID: Int? { options.unknown.map { Int($0) } }

  init(vocabulary: Vocabulary<Trie>, merges: MergeTable, options: Options) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.options = options
    prefix = Array(options.continuingPrefix.utf8)
    suffix = Array(options.endOfWordSuffix.utf8)
    continuation = vocabulary.index.node(after: prefix)
    byteTokens = options.byteFallback ? vocabulary.byteTokens : nil
  }

  func tokenize(_ text: PreTokenizedText, into tokens: inout TokenList) {
    var word = MergingWord()
    for piece in text.pieces {
      tokens.beginWord(text.bytes[piece])
      if options.ignoresMerges, let id = vocabulary.id(text.bytes[piece]) {
        tokens.append(id)
        continue
      }
      word.removeAll()
      addCharacters(of: piece, in: text.bytes, to: &word, &tokens)
      word.mergeAll(merges)
      word.forEach { tokens.append($0) }
    }
  }

  private func addCharacters(
    of piece: Range<Int>, in bytes: [UInt8], to word: inout MergingWord, _ tokens: inout TokenList
  ) {
    // An unknown character waits, as the next may be fused with it.
    var unknownStart: Int?
    var offset = piece.lowerBound
    while offset < piece.upperBound {
      let end = offset + bytes.scalar(at: offset).length
      let isFirst = offset == piece.lowerBound
      let isLast = end == piece.upperBound
      if let id = symbol(bytes[offset..<end], isFirst: isFirst, isLast: isLast) {
        if let start = unknownStart {
          addUnknown(bytes[start..<offset], to: &word, &tokens)
          unknownStart = nil
        }
        word.append(id)
      } else if let ids = spelled(bytes[offset..<end], isFirst: isFirst, isLast: isLast) {
        for id in ids { word.append(id) }
      } else if let start = unknownStart, !options.fusesUnknown {
        addUnknown(bytes[start..<offset], to: &word, &tokens)
        unknownStart = offset
      } else {
        unknownStart = unknownStart ?? offset
      }
      offset = end
    }
    if let start = unknownStart { addUnknown(bytes[start..<offset], to: &word, &tokens) }
  }

  /// The token of a single character at its place in the word.
  @inline(__always)
  private func symbol(_ character: ArraySlice<UInt8>, isFirst: Bool, isLast: Bool) -> Int32? {
    guard let start = isFirst ? Trie.root : continuation,
      var node = vocabulary.index.node(after: character, from: start)
    else { return nil }
    if isLast {
      guard let last = vocabulary.index.node(after: suffix, from: node) else { return nil }
      node = last
    }
    let id = vocabulary.index.value(at: node)
    return id == Trie.noValue ? nil : id
  }

  /// The tokens of the character's bytes, prefix and suffix included; nil unless all are there.
  private func spelled(_ character: ArraySlice<UInt8>, isFirst: Bool, isLast: Bool) -> [Int32]? {
    guard let byteTokens else { return nil }
    let bytes = (isFirst ? [] : prefix) + character + (isLast ? suffix : [])
    let ids = bytes.compactMap { byteTokens[Int($0)] }
    return ids.count == bytes.count ? ids : nil
  }

  private func addUnknown(
    _ text: ArraySlice<UInt8>, to word: inout MergingWord, _ tokens: inout TokenList
  ) {
    tokens.noteUnknown(text)
    if let unknown = options.unknown { word.append(unknown) }
  }
}
