extension Tensor {
  /// Vectors on a square grid, row by row, at another size: [from², C] → [to², C].
  ///
  /// Bicubic as PyTorch's `interpolate` without aligned corners and without antialiasing has it, with
  /// a = −0.75; beyond the edge the nearest vector stands. Of the same size they stay the same bits.
  package func resizedGrid(from side: Int, to newSide: Int) -> Tensor {
    precondition(
      shape.count == 2 && rowCount == side * side && newSide > 0, "\(shape) on a grid of \(side)")
    guard side != newSide else { return self }
    let width = rowWidth
    let taps = (0..<newSide).map { CubicTaps($0, of: newSide, from: side) }
    return Tensor(shape: [newSide * newSide, width]) { out in
      withElements { x in
        Parallel.forEach(newSide * newSide) { place in
          let (row, column) = (taps[place / newSide], taps[place % newSide])
          for channel in 0..<width {
            var sum = 0.0
            for (y, weight) in zip(row.indices, row.weights) {
              var line = 0.0
              for (x1, weight) in zip(column.indices, column.weights) {
                line += weight * Double(x[(y * side + x1) * width + channel])
              }
              sum += weight * line
            }
            out[place * width + channel] = Float(sum)
          }
        }
      }
    }
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

/// Where one place of a resized line looks, and how much of each it takes.
private struct CubicTaps: Sendable {
  let indices: [Int]
  let weights: [Double]

  init(_ place: Int, of count: Int, from oldCount: Int) {
    // PyTorch computes the place in single precision.
    let scale = Float(oldCount) / Float(count)
    let source = scale * (Float(place) + 0.5) - 0.5
    let floor = source.rounded(.down)
    let t = Double(source - floor)
    let first = Int(floor) - 1
    indices = (0..<4).map { min(max(first + $0, 0), oldCount - 1) }
    weights = [1 + t, t, 1 - t, 2 - t].map(Self.cubic)
  }

  private static func cubic(_ x: Double) -> Double {
    let a = -0.75
    return x <= 1
      ? ((a + 2) * x - (a + 3)) * x * x + 1
      : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  }
}
