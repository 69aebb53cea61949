import TesseraCheckpoints
import TesseraTensors

/// Puts the patches of a picture's tiles together again: first those of the whole picture, then row by
/// row across all tiles those that show it, with a vector that was learned at the end of each row.
struct TileJoiner: Sendable {
  private let grid: TileGrid
  private let rowEnd: Tensor  // [1, C]

  /// - Parameter width: of a word's vector, C.
  init(_ weights: Weights, _ grid: TileGrid, width: Int) throws {
    self.grid = grid
    rowEnd = try weights.tensor("image_newline", shape: [width]).widened().reshaped([1, width])
  }

  /// [tiles·P, C] → [tokens, C]
  func callAsFunction(_ patches: Tensor, of picture: PreparedPicture) -> Tensor {
    // A picture that was not cut is one row.
    guard picture.rows > 0 else { return .concatenating([patches, rowEnd]) }
    let part = grid.part(
      of: picture.originalSize, tileRows: picture.rows, tileColumns: picture.columns)
    let whole = patches.rows(0..<grid.side * grid.side)
    guard part.tokenCount > 0 else { return whole }
    let shown = patches.rows(at: places(of: part, tileColumns: picture.columns))
      .linearlyResizedGrid(
        rows: part.rows.count, columns: part.columns.count, toRows: part.newRows,
        columns: part.newColumns)
    let lines = (0..<part.newRows).flatMap { row in
      [shown.rows(row * part.newColumns..<(row + 1) * part.newColumns), rowEnd]
    }
    return .concatenating([whole] + lines)
  }

  /// Where the patches of a part lie among those of all tiles, of which the whole picture's is the
  /// first.
  private func places(of part: TileGrid.Part, tileColumns: Int) -> [Int] {
    let side = grid.side
    return part.rows.flatMap { row in
      part.columns.map { column in
        let tile = 1 + row / side * tileColumns + column / side
        return (tile * side + row % side) * side + column % side
      }
    }
  }
}
