extension Tensor {
  /// Vectors on a square grid, row by row, on one of another shape: [from², C] → [rows·columns, C].
  ///
  /// Bilinear as PyTorch's `interpolate` without aligned corners and with antialiasing has it: where the
  /// grid becomes smaller, each place is a mean over all that it covers. Of the same size they stay the
  /// same bits.
  package func smoothlyResizedGrid(from side: Int, rows: Int, columns: Int) -> Tensor {
    precondition(
      shape.count == 2 && rowCount == side * side && rows > 0 && columns > 0,
      "\(shape) on a grid of \(side)")
    guard rows != side || columns != side else { return self }
    return resampled(
      columns: side, lines: (0..<rows).map { GridTaps(smooth: $0, of: rows, from: side) },
      places: (0..<columns).map { GridTaps(smooth: $0, of: columns, from: side) })
  }

  /// Vectors on a grid, row by row, on a smaller or larger one: [rows·columns, C] → [newRows·newColumns,
  /// C].
  ///
  /// Bilinear as PyTorch's `interpolate` without aligned corners and without antialiasing has it: each
  /// place takes of the four nearest, however many it covers. Of the same size they stay the same bits.
  package func linearlyResizedGrid(
    rows: Int, columns: Int, toRows newRows: Int, columns newColumns: Int
  ) -> Tensor {
    precondition(
      shape.count == 2 && rowCount == rows * columns, "\(shape) on a grid of \(rows) by \(columns)")
    guard rows != newRows || columns != newColumns else { return self }
    precondition(rowCount > 0, "an empty grid resized to \(newRows) by \(newColumns)")
    return resampled(
      columns: columns, lines: (0..<newRows).map { GridTaps(linear: $0, of: newRows, from: rows) },
      places: (0..<newColumns).map { GridTaps(linear: $0, of: newColumns, from: columns) })
  }
}
