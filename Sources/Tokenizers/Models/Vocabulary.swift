import TesseraJSON

/// The tokens of a model and their ids, both ways.
struct Vocabulary<Index: TokenIndex>: Sendable {
  let index: Index
  private let tokens: TokenTable

  /// A vocabulary in which the last of equal tokens counts.
  /// - Throws: `TokenizerError` where two tokens share an id, or where there are too many.
  init(_ tokens: TokenTable, at place: FilePlace) throws {
    var tokens = tokens
    if let id = tokens.sortByID() {
      throw place.inconsistent("\"\(tokens.token(id) ?? "")\" and another token have the id \(id)")
    }
    do {
      index = try Index(tokens)
    } catch is Trie.IsFull {
      throw place.unsupported(
        "a vocabulary of \(tokens.bytes.count) bytes, more than a trie can number,")
    }
    self.tokens = tokens
  }

  var count: Int { tokens.count }

  func id(_ token: String) -> Int? { index.value(for: Array(token.utf8)[...]).map(Int.init) }

  func id(_ token: ArraySlice<UInt8>) -> Int32? { index.value(for: token) }

  func token(_ id: Int) -> String? { tokens.token(id) }
}

extension Vocabulary<Trie> {
  /// A vocabulary whose tokens are all different.
  /// - Throws: `TokenizerError` where one stands twice, besides.
  init(ofDistinct tokens: TokenTable, at place: FilePlace) throws {
    try self.init(tokens, at: place)
    if index.count < tokens.count, let token = self.tokens.firstRepeated(in: index) {
      throw place.inconsistent("\"\(token)\" stands twice")
    }
  }
}

/// How tokens are found.
protocol TokenIndex: Sendable {
  /// - Throws: `Trie.IsFull`.
  init(_ tokens: TokenTable) throws

  /// The id of a token; of equal ones the last, of an empty one none.
  func value(for key: ArraySlice<UInt8>) -> Int32?
}

/// Tokens and ids as a file lists them.
///
/// The spellings stand one behind the other: a quarter of a million strings would cost more than
/// all the rest of loading.
struct TokenTable: Sendable {
  private(set) var bytes: [UInt8] = []
  /// The tokens, whose values are their ids.
  private(set) var keys: [Trie.Key] = []

  var count: Int { keys.count }

  mutating func append(_ token: String, id: Int32) { append(token.utf8, id: id) }

  mutating func append(_ token: some Sequence<UInt8>, id: Int32) {
    append(id: id) { $0.append(contentsOf: token) }
  }

  /// Appends a token whose spelling `write` puts behind the others.
  mutating func append(id: Int32, _ write: (inout [UInt8]) throws -> Void) rethrows {
    let start = Int32(truncatingIfNeeded: bytes.count)
    try write(&bytes)
    keys.append(Trie.Key(start: start, end: Int32(truncatingIfNeeded: bytes.count), value: id))
  }

  /// Puts the keys in the order of their ids.
  /// - Returns: An id that two tokens share, if there is one.
  mutating func sortByID() -> Int? {
    let isSorted = zip(keys, keys.dropFirst()).allSatisfy { $0.value < $1.value }
    if isSorted { return nil }
    keys.sort { $0.value < $1.value }
    let twin = zip(keys, keys.dropFirst()).first { $0.value == $1.value }
    return twin.map { Int($0.0.value) }
  }

  /// The spelling of an id, once the tokens are in order.
  func token(_ id: Int) -> String? {
    // Ids mostly count from 0 without a gap; then the first guess is right.
    var low = 0
    var high = keys.count
    var middle = min(max(id, 0), high - 1)
    while low < high {
      if Int(keys[middle].value) == id { return spelling(keys[middle]) }
      if Int(keys[middle].value) < id { low = middle + 1 } else { high = middle }
      middle = (low + high) / 2
    }
    return nil
  }

  /// A token whose id in `trie` is another's.
  func firstRepeated(in trie: Trie) -> String? {
    keys.first { key in
      let token = bytes[key.range]
      return !token.isEmpty && trie.value(for: token) != key.value
    }.map(spelling)
  }

  private func spelling(_ key: Trie.Key) -> String {
    String(decoding: bytes[key.range], as: UTF8.self)
  }
}
