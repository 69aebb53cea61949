extension Tensor {
  /// Vectors on a square grid, row by row, at another size: [from², C] → [to², C].
  ///
  /// Bicubic as PyTorch's `interpolate` without aligned corners and without antialiasing has it, with
  /// a = −0.75; beyond the edge the nearest vector stands. Of the same size they stay the same bits.
  package func resizedGrid(from side: Int, to newSide: Int) -> Tensor {
    precondition(
      shape.count == 2 && rowCount == side * side && newSide > 0, "\(shape) on a grid of \(side)")
    guard side != newSide else { return self }
    let taps = (0..<newSide).map { GridTaps(cubic: $0, of: newSide, from: side) }
    return resampled(columns: side, lines: taps, places: taps)
  }

  /// Each row times one row, number by number: [T, C]·[C] → [T, C].
  package func multiplied(byRow row: Tensor) -> Tensor {
    precondition(row.shape == Array(shape.suffix(1)), "\(shape) · \(row.shape) of each row")
    let width = row.elementCount
    return Tensor(shape: shape) { out in
      withElements { x in
        row.withElements { row in
          Parallel.forEachRange(shape[0], minimum: max(1, (1 << 15) / max(width, 1))) { rows in
            for start in rows.map({ $0 * width }) {
              for i in 0..<width { out[start + i] = x[start + i] * row[i] }
            }
          }
        }
      }
    }
  }
}
