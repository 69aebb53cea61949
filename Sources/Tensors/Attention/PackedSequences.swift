/// Where the sequences of a batch lie in one [T, C] tensor: behind one another, without padding.
package struct PackedSequences: Sendable, Equatable {
  /// Rows of each sequence.
  package let ranges: [Range<Int>]
  /// How many tokens of each sequence others attend to, its first ones; nil for all.
  private let attended: [Int]?
  /// Where each row stood before others were left out; nil where none are.
  private let keptPlaces: [Int]?

  /// - Parameters:
  ///   - attended: how many tokens of each sequence are keys; the others are queries only.
  ///   - places: of each row, its place in a sequence of which rows are left out, by which it turns;
  ///     nil where none are.
  package init(lengths: [Int], attended: [Int]? = nil, places: [Int]? = nil) {
    if let attended {
      precondition(
        attended.count == lengths.count && zip(attended, lengths).allSatisfy { 1...$1 ~= $0 },
        "\(attended) keys in sequences of \(lengths)")
    }
    precondition(
      places.map { $0.count == lengths.reduce(0, +) } ?? true, "a place for each of \(lengths)")
    self.attended = attended
    keptPlaces = places
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

  /// Whether rows are left out, so that a row's place is not its number.
  var hasGaps: Bool { keptPlaces != nil }

  /// Of each row, its place in its sequence.
  var places: [Int] { keptPlaces ?? ranges.flatMap { 0..<$0.count } }

  /// So many places has the sequence that has most.
  package var placeCount: Int {
    keptPlaces.flatMap { $0.max() }.map { $0 + 1 } ?? ranges.map(\.count).max() ?? 0
  }

  /// The first row of each sequence.
  package var starts: [Int] { ranges.map(\.lowerBound) }

  /// Rows in all, T.
  package var tokenCount: Int { ranges.last?.upperBound ?? 0 }
}
