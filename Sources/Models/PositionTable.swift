/// A table of position embeddings, and how tokens count theirs.
package struct PositionTable: Sendable {
  /// Rows.
  package let count: Int
  private let start: Start

  /// Where counting begins.
  package enum Start: Sendable {
    /// BERT's rule.
    case zero
    /// fairseq's: tokens that are not padding count from pad + 1, and padding has its own id.
    case behind(padding: Int)
  }

  init(count: Int, start: Start) {
    self.count = count
    self.start = start
  }

  /// Tokens that the table serves, special tokens included.
  var maximumTokens: Int {
    switch start {
    case .zero: count
    case .behind(let padding): count - padding - 1
    }
  }

  /// The position of each token of a text that stands alone.
  package func callAsFunction(of ids: [Int]) -> [Int] {
    guard case .behind(let padding) = start else { return Array(ids.indices) }
    var last = padding
    return ids.map { id in
      guard id != padding else { return padding }
      last += 1
      return last
    }
  }
}
