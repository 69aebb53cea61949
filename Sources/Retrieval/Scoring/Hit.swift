/// A row that answers a query.
package struct Hit: Equatable, Sendable {
  /// Counted through all blocks.
  package let row: Int
  package let score: Float

  package init(row: Int, score: Float) {
    self.row = row
    self.score = score
  }

  /// The order of hits: the higher score first, of equal scores the lower row.
  package static func precedes(_ a: Hit, _ b: Hit) -> Bool {
    a.score > b.score || a.score == b.score && a.row < b.row
  }
}
