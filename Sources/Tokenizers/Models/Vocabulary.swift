/// The tokens of a model and their ids, both ways.
struct Vocabulary: Sendable {
  let trie: Trie
  private let tokens: TokenTable

  /// - Throws: `TokenizerError` where two tokens share an id, where a token stands twice and
  ///   `allowsRepeats` is false (otherwise its last id counts), or where there are too many.
  init(_ tokens: TokenTable, allowsRepeats: Bool = false, at place: FilePlace) throws {
    var tokens = tokens
    if let id = tokens.sortByID() {
      throw place.inconsistent("\"\(tokens.token(id) ?? "")\" and another token have the id \(id)")
    }
    do {
      trie = try Trie(tokens.keys, in: tokens.bytes)
    } catch is Trie.TrieIsFull {
      throw place.unsupported(
        "a vocabulary of more than \(Trie.maximumNodeCount) distinct prefixes")
    }
    self.tokens = tokens
    if !allowsRepeats, trie.count < tokens.count, let token = tokens.firstRepeated(in: trie) {
      throw place.inconsistent("\"\(token)\" stands twice")
    }
  }

  var count: Int { tokens.count }

  func id(_ token: String) -> Int? { trie.value(for: token.utf8).map(Int.init) }

  func id(_ token: ArraySlice<UInt8>) -> Int32? { trie.value(for: token) }

  func token(_ id: Int) -> String? { tokens.token(id) }
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
