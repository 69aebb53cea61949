import TesseraJSON

/// BPE's merges: for a pair of tokens their rank and what they become.
struct MergeTable: Sendable {
  struct Merge {
    /// Lower ranks merge first.
    let rank: UInt32
    let result: Int32
  }

  /// Pairs as first << 32 | second, in an open hash table; `free` marks an unused place.
  private var pairs: [UInt64]
  private var merges: [Merge]
  private let shift: UInt64

  private static let free = UInt64.max

  /// A table with room for `capacity` merges.
  init(capacity: Int) {
    var bits = 4
    while 1 << bits < capacity * 2 { bits += 1 }
    pairs = Array(repeating: Self.free, count: 1 << bits)
    merges = Array(repeating: Merge(rank: 0, result: 0), count: 1 << bits)
    shift = UInt64(64 - bits)
  }

  /// Sets the merge of a pair; of two, the later counts.
  mutating func insert(_ first: Int32, _ second: Int32, _ merge: Merge) {
    let place = place(of: key(first, second))
    pairs[place] = key(first, second)
    merges[place] = merge
  }

  @inline(__always)
  func merge(_ first: Int32, _ second: Int32) -> Merge? {
    let place = place(of: key(first, second))
    return pairs[place] == Self.free ? nil : merges[place]
  }

  private func key(_ first: Int32, _ second: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
  }

  /// Where `key` is, or where it would go.
  @inline(__always)
  private func place(of key: UInt64) -> Int {
    var place = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while pairs[place] != key, pairs[place] != Self.free {
      place = (place + 1) & (pairs.count - 1)
    }
    return place
  }
}

extension MergeTable {
  /// Ranks merges by their order, and finds their tokens.
  /// - Throws: `TokenizerError` where a part or the result of a merge is not in the vocabulary.
  init(
    _ pairs: [(String, String)], vocabulary: Vocabulary<Trie>, continuingPrefix: String,
    at place: FilePlace
  ) throws {
    self.init(capacity: pairs.count)
    for (rank, (first, second)) in pairs.enumerated() {
      func id(_ token: String) throws -> Int32 {
        guard let id = vocabulary.id(token) else {
          throw place.index(rank).inconsistent("\"\(token)\" is not in the vocabulary")
        }
        return Int32(truncatingIfNeeded: id)
      }
      // The prefix stands before every part but a word's first, so once in the result.
      guard second.utf8.starts(with: continuingPrefix.utf8) else {
        throw place.index(rank).inconsistent(
          "\"\(second)\" does not begin with \"\(continuingPrefix)\"")
      }
      let result =
        first
        + String(decoding: second.utf8.dropFirst(continuingPrefix.utf8.count), as: UTF8.self)
      insert(
        try id(first), try id(second),
        Merge(rank: UInt32(truncatingIfNeeded: rank), result: try id(result)))
    }
  }
}
