/// What the tokens of a picture show of it.
package struct PictureTokens: Sendable, Equatable {
  /// The picture counts as so many parts, both ways.
  package let side: Int
  /// For each token the part that it shows, row by row of the picture; nil for one that shows none, such
  /// as one at the end of a row.
  package let parts: [Int?]

  package init(side: Int, parts: [Int?]) {
    (self.side, self.parts) = (side, parts)
  }

  /// The part in which the middle of a place lies that is one of a grid over the whole picture.
  static func part(row: Int, of rows: Int, column: Int, of columns: Int, side: Int) -> Int {
    (2 * row + 1) * side / (2 * rows) * side + (2 * column + 1) * side / (2 * columns)
  }
}
