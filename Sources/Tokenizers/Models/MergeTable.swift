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
  /// - Throws: `FieldError` where a part or the result of a merge is not in the vocabulary.
  init(
    _ list: MergeList, vocabulary: Vocabulary<Trie>, continuingPrefix: String, at place: FilePlace
  ) throws {
    self.init(capacity: list.count)
    let prefix = Array(continuingPrefix.utf8)
    for rank in 0..<list.count {
      let (first, second) = list[rank]
      func missing(_ token: ArraySlice<UInt8>) -> FieldError {
        place.index(rank).inconsistent(
          "\"\(String(decoding: token, as: UTF8.self))\" is not in the vocabulary")
      }
      guard let node = vocabulary.index.node(after: first),
        case let firstID = vocabulary.index.value(at: node), firstID != Trie.noValue
      else { throw missing(first) }
      guard let secondID = vocabulary.id(second) else { throw missing(second) }
      // The prefix stands before every part but a word's first, so once in the result.
      guard second.starts(with: prefix) else {
        throw place.index(rank).inconsistent(
          "\"\(String(decoding: second, as: UTF8.self))\" does not begin with \"\(continuingPrefix)\""
        )
      }
      let rest = second.dropFirst(prefix.count)
      guard let end = vocabulary.index.node(after: rest, from: node),
        case let result = vocabulary.index.value(at: end), result != Trie.noValue
      else { throw missing(first + rest) }
      insert(
        firstID, secondID, Merge(rank: UInt32(truncatingIfNeeded: rank), result: result))
    }
  }
}
