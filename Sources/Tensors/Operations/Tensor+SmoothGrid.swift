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
    let width = rowWidth
    let (lines, places) = (
      (0..<rows).map { SmoothTaps($0, of: rows, from: side) },
      (0..<columns).map { SmoothTaps($0, of: columns, from: side) }
    )
    return Tensor(shape: [rows * columns, width]) { out in
      withElements { x in
        Parallel.forEach(rows * columns) { place in
          let (line, column) = (lines[place / columns], places[place % columns])
          for channel in 0..<width {
            var sum = 0.0
            for (y, weight) in zip(line.indices, line.weights) {
              var part = 0.0
              for (x1, weight) in zip(column.indices, column.weights) {
                part += weight * Double(x[(y * side + x1) * width + channel])
              }
              sum += weight * part
            }
            out[place * width + channel] = Float(sum)
          }
        }
      }
    }
  }
}

/// Where one place of a resized line looks, and how much of each it takes: a triangle as wide as the
/// place is, or as the old places are, whichever is more.
private struct SmoothTaps: Sendable {
  let indices: Range<Int>
  let weights: [Double]

  init(_ place: Int, of count: Int, from oldCount: Int) {
    let scale = Double(oldCount) / Double(count)
    let support = max(scale, 1)
    let centre = scale * (Double(place) + 0.5)
    let first = max(Int(centre - support + 0.5), 0)
    indices = first..<min(Int(centre + support + 0.5), oldCount)
    let triangle = indices.map { max(0, 1 - abs(Double($0) - centre + 0.5) / support) }
    let sum = triangle.reduce(0, +)
    weights = triangle.map { $0 / sum }
  }
}
