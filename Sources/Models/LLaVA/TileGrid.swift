import TesseraImages

/// Which patches of a picture that was cut into tiles become tokens: those of the picture and not of the
/// padding around it, and where these are too many, means of them.
package struct TileGrid: Equatable, Sendable {
  /// Patches along a side of a tile.
  package let side: Int
  /// Patches of more tiles than these are made fewer; nil for no limit.
  package let maximumTiles: Int?

  package init(side: Int, maximumTiles: Int?) {
    (self.side, self.maximumTiles) = (side, maximumTiles)
  }

  /// What is left of a picture's patches.
  package struct Part: Equatable, Sendable {
    /// Of all tiles together, those that show the picture.
    package let rows: Range<Int>
    package let columns: Range<Int>
    /// What these are resized to.
    package let newRows: Int
    package let newColumns: Int

    /// A token ends each row.
    package var tokenCount: Int { newRows * (newColumns + 1) }
  }

  /// - Parameters:
  ///   - picture: its own size.
  ///   - tileRows: how many tiles it was cut into.
  package func part(of picture: PixelSize, tileRows: Int, tileColumns: Int) -> Part {
    let (height, width) = (tileRows * side, tileColumns * side)
    var (rows, columns) = (0..<height, 0..<width)
    if Double(picture.width) / Double(picture.height) > Double(width) / Double(height) {
      let scale = Double(width) / Double(picture.width)
      let padding = (height - Self.whole(Double(picture.height) * scale)) / 2
      rows = padding..<height - padding
    } else {
      let scale = Double(height) / Double(picture.height)
      let padding = (width - Self.whole(Double(picture.width) * scale)) / 2
      columns = padding..<width - padding
    }
    guard let maximumTiles else {
      return Part(
        rows: rows, columns: columns, newRows: rows.count, newColumns: columns.count)
    }
    let share =
      Double(rows.count * columns.count) / Double(maximumTiles * side * side)
    let ratio = share.squareRoot()
    let isTooMany = ratio > 1.1
    return Part(
      rows: rows, columns: columns,
      newRows: isTooMany ? Self.quotient(rows.count, ratio) : rows.count,
      newColumns: isTooMany ? Self.quotient(columns.count, ratio) : columns.count)
  }

  /// What is left of a number that is rounded to seven decimals, without its fraction.
  private static func whole(_ length: Double) -> Int {
    let next = length.rounded(.up)
    return Int(next - length < 5e-8 ? next : length)
  }

  /// Of a whole number and another, rounded down as Python does: by the exact remainder, as the
  /// quotient itself may be rounded up to a whole number.
  private static func quotient(_ count: Int, _ ratio: Double) -> Int {
    let count = Double(count)
    return Int(((count - count.truncatingRemainder(dividingBy: ratio)) / ratio).rounded())
  }
}
