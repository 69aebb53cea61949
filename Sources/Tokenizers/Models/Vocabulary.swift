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
  private var entries: [Entry] = []

  private struct Entry {
    let id: Int32
    let start: Int32
    let end: Int32
  }

  var count: Int { entries.count }

  mutating func append(_ token: String, id: Int32) { append(token.utf8, id: id) }

  mutating func append(_ token: some Sequence<UInt8>, id: Int32) {
    let start = Int32(truncatingIfNeeded: bytes.count)
    bytes.append(contentsOf: token)
    entries.append(Entry(id: id, start: start, end: Int32(truncatingIfNeeded: bytes.count)))
  }

  /// Puts the entries in the order of their ids.
  /// - Returns: An id that two tokens share, if there is one.
  mutating func sortByID() -> Int? {
    let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.id < $1.id }
    if isSorted { return nil }
    entries.sort { $0.id < $1.id }
    let twin = zip(entries, entries.dropFirst()).first { $0.id == $1.id }
    return twin.map { Int($0.0.id) }
  }

  var keys: [Trie.Key] {
    entries.map { Trie.Key(range: Int($0.start)..<Int($0.end), value: $0.id) }
  }

  /// The spelling of an id, once the entries are in order.
  func token(_ id: Int) -> String? {
    // Ids mostly count from 0 without a gap; then the first guess is right.
    var low = 0
    var high = entries.count
    var middle = min(max(id, 0), high - 1)
    while low < high {
      if Int(entries[middle].id) == id { return spelling(entries[middle]) }
      if Int(entries[middle].id) < id { low = middle + 1 } else { high = middle }
      middle = (low + high) / 2
    }
    return nil
  }

  /// A token whose id in `trie` is another's.
  func firstRepeated(in trie: Trie) -> String? {
    entries.first { entry in
      let token = bytes[Int(entry.start)..<Int(entry.end)]
      return !token.isEmpty && trie.value(for: token) != entry.id
    }.map(spelling)
  }

  private func spelling(_ entry: Entry) -> String {
    String(decoding: bytes[Int(entry.start)..<Int(entry.end)], as: UTF8.self)
  }
}
