import TesseraTensors

/// A decoder while it reads and remembers: keys and values of what was read stay in rows, and a
/// history is a list of such rows.
///
/// Hypotheses that share their beginning share its rows. Every number that comes of a sequence
/// depends on its own tokens and item alone, to the bit.
package protocol DecodingSession {
  /// Reads on.
  ///
  /// - Parameter sequences: those of one item behind one another, items in their order.
  /// - Returns: The logits of what follows each sequence, [sequences, V], and its history.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  mutating func read(_ sequences: [NewTokens]) throws -> (logits: Tensor, histories: [[Int]])

  /// Frees the rows that no history has.
  mutating func keep(_ histories: [[Int]])
}

/// What one sequence reads next.
package struct NewTokens: Sendable {
  /// Which of the session's items it belongs to.
  package let item: Int
  /// Rows of what was read before.
  package let history: [Int]
  package let ids: [Int]

  package init(item: Int, history: [Int], ids: [Int]) {
    (self.item, self.history, self.ids) = (item, history, ids)
  }
}

/// Hands out rows: those that were freed first.
package struct RowSupply: Sendable {
  private var free: [Int] = []
  private var count = 0

  package init() {}

  package mutating func take(_ wanted: Int) -> [Int] {
    (0..<wanted).map { _ in
      if let row = free.popLast() { return row }
      count += 1
      return count - 1
    }
  }

  /// Takes back all rows that none of the histories has.
  package mutating func keep(_ histories: [[Int]]) {
    var isUsed = [Bool](repeating: false, count: count)
    for row in histories.joined() { isUsed[row] = true }
    free = isUsed.indices.filter { !isUsed[$0] }.reversed()
  }
}
