/// Where the sequences of a batch lie in one [T, C] tensor: behind one another, without padding.
package struct PackedSequences: Sendable, Equatable {
  /// Rows of each sequence.
  package let ranges: [Range<Int>]
  /// How many tokens of each sequence others attend to, its first ones; nil for all.
  private let attended: [Int]?

  /// - Parameter attended: how many tokens of each sequence are keys; the others are queries only.
  package init(lengths: [Int], attended: [Int]? = nil) {
    if let attended {
      precondition(
        attended.count == lengths.count && zip(attended, lengths).allSatisfy { 1...$1 ~= $0 },
        "\(attended) keys in sequences of \(lengths)")
    }
    self.attended = attended
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(lengths.count)
    var start = 0
    for length in lengths {
      precondition(length > 0, "a sequence of \(length) tokens")
      ranges.append(start..<start + length)
      start += length
    }
    self.ranges = ranges
  }

  package var count: Int { ranges.count }

  /// Tokens of a sequence that any may attend to.
  package func keyCount(of sequence: Int) -> Int { attended?[sequence] ?? ranges[sequence].count }

  /// The first row of each sequence.
  package var starts: [Int] { ranges.map(\.lowerBound) }

  /// Rows in all, T.
  package var tokenCount: Int { ranges.last?.upperBound ?? 0 }
}
