/// A set of rows, a bit each, for those that a search leaves out.
package struct RowSet: Equatable, Sendable {
  /// Bit i of word w is row 64·w + i. Rows beyond the last word are not in the set.
  package private(set) var words: [UInt64]

  package init() { words = [] }

  /// Bits as a store keeps them.
  package init(words: [UInt64]) { self.words = words }

  package init(_ rows: some Sequence<Int>) {
    self.init()
    for row in rows { insert(row) }
  }

  package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  package func contains(_ row: Int) -> Bool {
    row / 64 < words.count && words[row / 64] >> UInt64(row % 64) & 1 == 1
  }

  package mutating func insert(_ row: Int) {
    precondition(row >= 0, "row \(row)")
    if row / 64 >= words.count {
      words += repeatElement(0, count: row / 64 + 1 - words.count)
    }
    words[row / 64] |= 1 << UInt64(row % 64)
  }

  /// Writes which of some rows are not in the set, counted from `start`; gives how many.
  func writeOthers(
    _ rows: Range<Int>, from start: Int, _ out: UnsafeMutablePointer<Int32>
  ) -> Int {
    var found = 0
    var row = rows.lowerBound
    while row < rows.upperBound {
      let word = row / 64 < words.count ? words[row / 64] : 0
      let end = min(rows.upperBound, (row / 64 + 1) * 64)
      if word != .max {
        while row < end {
          if word >> UInt64(row % 64) & 1 == 0 {
            out[found] = Int32(truncatingIfNeeded: row - start)
            found += 1
          }
          row += 1
        }
      }
      row = end
    }
    return found
  }
}
