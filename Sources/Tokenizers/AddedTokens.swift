import TesseraJSON

/// A token that is found in the text itself, before the model sees any of it.
struct AddedToken: Sendable {
  let content: String
  var id: Int
  /// Matches only where no word character stands next to it.
  var isSingleWord = false
  /// Takes in the white space on its left, or on its right.
  var stripsLeft = false
  var stripsRight = false
  /// Matches in normalized text, in its own normalized form; otherwise in raw text.
  var isNormalized = false
  var isSpecial = false

  /// Its bytes: as strings, é and e with an accent would be equal.
  var spelling: [UInt8] { Array(content.utf8) }
}

/// The added tokens of one kind (raw or normalized), ready to be looked for.
struct AddedTokens: Sendable {
  /// A part of a text.
  enum Part: Equatable, Sendable {
    case text(Range<Int>)
    case token(Int)
  }

  private let tokens: [AddedToken]
  private let trie: Trie
  private let passesOverSpecial: Bool
  /// Whether any token begins with a byte.
  private let isFirstByte: [Bool]
  private let wordCharacters = ScalarTable<Bool>.wordCharacters
  private let whiteSpace = ScalarTable<Bool>.whiteSpace

  /// - Parameters:
  ///   - spellings: What to look for, none empty; of equal ones the last counts.
  ///   - passesOverSpecial: Whether special tokens are not looked for.
  ///   - place: Where the tokens stand.
  /// - Throws: `TokenizerError` where there are too many tokens.
  init(
    _ spellings: [(token: AddedToken, spelling: [UInt8])], passesOverSpecial: Bool,
    at place: FilePlace
  ) throws {
    var table = TokenTable()
    var isFirstByte = Array(repeating: false, count: 256)
    for (index, entry) in spellings.enumerated() {
      precondition(!entry.spelling.isEmpty, "an empty token matches everywhere")
      isFirstByte[Int(entry.spelling[0])] = true
      table.append(entry.spelling, id: Int32(truncatingIfNeeded: index))
    }
    tokens = spellings.map(\.token)
    self.passesOverSpecial = passesOverSpecial
    trie = try Vocabulary(table, at: place).index
    self.isFirstByte = isFirstByte
  }

  /// Cuts `bytes` at the tokens: the leftmost first, of those the longest.
  ///
  /// A match that its token's flags refuse is passed over as a whole.
  func split(_ bytes: [UInt8]) -> [Part] {
    if tokens.isEmpty { return bytes.isEmpty ? [] : [.text(0..<bytes.count)] }
    var parts: [Part] = []
    var textStart = 0
    var offset = 0
    while offset < bytes.count {
      guard isFirstByte[Int(bytes[offset])], let match = longestMatch(in: bytes, at: offset) else {
        offset += 1
        continue
      }
      offset = match.range.upperBound
      if passesOverSpecial, match.token.isSpecial { continue }
      guard !match.token.isSingleWord || standsAlone(match.range, in: bytes) else { continue }
      var start = match.range.lowerBound
      var end = match.range.upperBound
      if match.token.stripsLeft { start = startOfWhiteSpace(in: bytes, before: start, textStart) }
      if match.token.stripsRight { end = endOfWhiteSpace(in: bytes, from: end) }
      if textStart < start { parts.append(.text(textStart..<start)) }
      parts.append(.token(match.token.id))
      textStart = end
    }
    if textStart < bytes.count { parts.append(.text(textStart..<bytes.count)) }
    return parts
  }

  private func longestMatch(in bytes: [UInt8], at start: Int) -> (
    token: AddedToken, range: Range<Int>
  )? {
    var longest: (index: Int32, end: Int)?
    var node = Trie.root
    var offset = start
    while offset < bytes.count, let child = trie.child(of: node, bytes[offset]) {
      node = child
      offset += 1
      if trie.value(at: node) != Trie.noValue { longest = (trie.value(at: node), offset) }
    }
    return longest.map { (tokens[Int($0.index)], start..<$0.end) }
  }

  private func standsAlone(_ range: Range<Int>, in bytes: [UInt8]) -> Bool {
    if range.lowerBound > 0 {
      let before = bytes.startOfScalar(before: range.lowerBound)
      if wordCharacters[bytes.scalar(at: before).value] { return false }
    }
    return range.upperBound == bytes.count
      || !wordCharacters[bytes.scalar(at: range.upperBound).value]
  }

  /// The start of the white space that ends at `end`, no further left than `limit`.
  private func startOfWhiteSpace(in bytes: [UInt8], before end: Int, _ limit: Int) -> Int {
    var start = end
    while start > limit {
      let previous = bytes.startOfScalar(before: start)
      guard whiteSpace[bytes.scalar(at: previous).value] else { break }
      start = previous
    }
    return max(start, limit)
  }

  private func endOfWhiteSpace(in bytes: [UInt8], from start: Int) -> Int {
    var end = start
    while end < bytes.count, case let (scalar, length) = bytes.scalar(at: end), whiteSpace[scalar] {
      end += length
    }
    return end
  }
}
