/// Where the sequences of a batch lie in one [T, C] tensor: behind one another, without padding.
package struct PackedSequences: Sendable, Equatable {
  /// Rows of each sequence.
  package let ranges: [Range<Int>]

  package init(lengths: [Int]) {
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

  /// The first row of each sequence.
  package var starts: [Int] { ranges.map(\.lowerBound) }

  /// Rows in all, T.
  package var tokenCount: Int { ranges.last?.upperBound ?? 0 }
}
