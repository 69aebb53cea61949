/// The tokens of a model and their ids, both ways.
struct Vocabulary: Sendable {
  private(set) var trie = Trie()
  /// All tokens, one behind the other; a `String` each would cost more than the whole rest.
  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  private struct Entry {
    let id: Int32
    let start: Int32
    let end: Int32
  }

  var count: Int { entries.count }

  /// Adds a token.
  /// - Returns: The id that the token had before, where it stands twice; the new id replaces it.
  @discardableResult
  mutating func append(_ token: String, id: Int32) throws -> Int32? {
    let start = Int32(truncatingIfNeeded: bytes.count)
    bytes.append(contentsOf: token.utf8)
    entries.append(Entry(id: id, start: start, end: Int32(truncatingIfNeeded: bytes.count)))
    return token.isEmpty ? nil : try trie.insert(token.utf8, id)
  }

  /// Puts the entries in the order of their ids, so that `token(_:)` can find them.
  /// - Returns: An id that two tokens share, if there is one.
  mutating func sortByID() -> Int? {
    let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.id < $1.id }
    if isSorted { return nil }
    entries.sort { $0.id < $1.id }
    let twin = zip(entries, entries.dropFirst()).first { $0.id == $1.id }
    return twin.map { Int($0.0.id) }
  }

  func id(_ token: String) -> Int? { trie.value(for: token.utf8).map(Int.init) }

  func id(_ token: ArraySlice<UInt8>) -> Int32? { trie.value(for: token) }

  func token(_ id: Int) -> String? {
    // Ids mostly count from 0 without a gap; then the first guess is right.
    var low = 0
    var high = entries.count
    var middle = min(max(id, 0), high - 1)
    while low < high {
      let entry = entries[middle]
      if Int(entry.id) == id {
        return String(decoding: bytes[Int(entry.start)..<Int(entry.end)], as: UTF8.self)
      }
      if Int(entry.id) < id { low = middle + 1 } else { high = middle }
      middle = (low + high) / 2
    }
    return nil
  }
}
