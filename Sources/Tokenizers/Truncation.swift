/// Which of two texts is cut where both do not fit.
package enum PairTruncation: Sendable {
  /// The longer one, until both are as long.
  case longestFirst
  /// Never the first.
  case onlySecond
}

/// Why a pair of texts cannot be encoded.
package enum PairError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The first text alone leaves no room, and it may not be cut.
  case firstTooLong(tokens: Int, room: Int)
  /// The tokenizer's template has no place for a second text.
  case noTemplate(file: String)

  package var description: String {
    switch self {
    case .firstTooLong(let tokens, let room):
      "the first text has \(tokens) tokens, and both texts together have room for \(room)"
    case .noTemplate(let file):
      "\(file): post_processor: its template for a pair does not have each text once"
    }
  }
}

extension PairTruncation {
  /// The lengths that two texts keep where `room` is for both, by the rules of HF tokenizers.
  ///
  /// Longest first is not one token at a time there, and differs from that where the shorter text
  /// has more than half the room.
  func lengths(_ first: Int, _ second: Int, room: Int) throws(PairError) -> (Int, Int) {
    guard first + second > room, room > 0 else { return room > 0 ? (first, second) : (0, 0) }
    switch self {
    case .onlySecond:
      guard first < room else { throw .firstTooLong(tokens: first, room: room) }
      return (first, room - first)
    case .longestFirst:
      var shorter = min(first, second)
      var longer = shorter > room ? shorter : max(shorter, room - shorter)
      if shorter + longer > room {
        shorter = room / 2
        longer = shorter + room % 2
      }
      return first > second ? (longer, shorter) : (shorter, longer)
    }
  }
}

extension TextSide {
  /// What remains of a text that is cut on this side.
  func kept(_ ids: [Int], _ count: Int) -> ArraySlice<Int> {
    self == .left ? ids.suffix(count) : ids.prefix(count)
  }
}
