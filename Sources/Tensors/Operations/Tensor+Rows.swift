/// What becomes of the rows of a matrix together.
extension Tensor {
  /// The matrix with other rows at some places, in order: [T, C] → [T, C].
  ///
  /// - Parameter rows: as many as there are places.
  package func replacingRows(at places: [Int], by rows: Tensor) -> Tensor {
    precondition(
      shape.count == 2 && rows.shape == [places.count, rowWidth],
      "\(rows.shape) at \(places.count) rows of \(shape)")
    return Tensor(shape: shape) { out in
      withElements { _ = out.initialize(from: $0) }
      rows.withElements { x in
        for (row, place) in places.enumerated() {
          precondition((0..<rowCount).contains(place), "row \(place) of \(shape)")
          _ = out[place * rowWidth..<(place + 1) * rowWidth]
            .update(fromContentsOf: x[row * rowWidth..<(row + 1) * rowWidth])
        }
      }
    }
  }

  /// The largest number of each column: [T, C] → [C]; −∞ where there are no rows, and NaN where
  /// there is one.
  package func maximumOfRows() -> Tensor {
    precondition(shape.count == 2, "maximum of the rows of \(shape)")
    return Tensor(shape: [rowWidth]) { out in
      out.initialize(repeating: -.infinity)
      withElements { x in
        for row in 0..<rowCount {
          for i in 0..<rowWidth {
            let value = x[row * rowWidth + i]
            if value.isNaN || value > out[i] { out[i] = value }
          }
        }
      }
    }
  }

  /// Σ weight · row, summed in double: [T, C] → [C].
  package func sumOfRows(_ weights: [Float]) -> Tensor {
    precondition(
      shape.count == 2 && weights.count == rowCount, "\(weights.count) weights for \(shape)")
    var sums = [Double](repeating: 0, count: rowWidth)
    withElements { x in
      for (row, weight) in weights.enumerated() {
        for i in 0..<rowWidth { sums[i] += Double(weight) * Double(x[row * rowWidth + i]) }
      }
    }
    return Tensor(sums.map(Float.init), shape: [rowWidth])
  }
}
