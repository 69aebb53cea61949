extension Tensor {
  /// The sum of two tensors of one shape.
  package static func + (left: Tensor, right: Tensor) -> Tensor {
    precondition(left.shape == right.shape, "\(left.shape) + \(right.shape)")
    return Tensor(shape: left.shape) { out in
      left.withElements { left in
        right.withElements { right in
          Parallel.forEachRange(out.count, minimum: 1 << 15) { range in
            for i in range { out[i] = left[i] + right[i] }
          }
        }
      }
    }
  }

  /// The product of two tensors of one shape, number by number.
  package static func * (left: Tensor, right: Tensor) -> Tensor {
    precondition(left.shape == right.shape, "\(left.shape) · \(right.shape)")
    return Tensor(shape: left.shape) { out in
      left.withElements { left in
        right.withElements { right in
          for i in out.indices { out[i] = left[i] * right[i] }
        }
      }
    }
  }

  /// Every number times a factor.
  package func scaled(by factor: Float) -> Tensor {
    Tensor(shape: shape) { out in
      withElements { x in
        for i in x.indices { out[i] = x[i] * factor }
      }
    }
  }

  /// Adds one row to every row: [T, C] + [C] → [T, C].
  package func adding(row: Tensor) -> Tensor {
    precondition(row.shape == Array(shape.suffix(1)), "\(shape) + \(row.shape) to each row")
    let width = row.elementCount
    return Tensor(shape: shape) { out in
      withElements { x in
        row.withElements { row in
          for start in stride(from: 0, to: x.count, by: max(width, 1)) {
            for i in 0..<width { out[start + i] = x[start + i] + row[i] }
          }
        }
      }
    }
  }

  /// The mean of the rows: [T, C] → [C].
  ///
  /// - Precondition: there is a row.
  package func meanOfRows() -> Tensor {
    precondition(shape.count == 2 && rowCount > 0, "mean of the rows of \(shape)")
    return Tensor(shape: [rowWidth]) { out in
      out.initialize(repeating: 0)
      withElements { x in
        for row in 0..<rowCount {
          for i in 0..<rowWidth { out[i] += x[row * rowWidth + i] }
        }
      }
      for i in 0..<rowWidth { out[i] /= Float(rowCount) }
    }
  }

  /// Each row of the last dimension divided by its Euclidean norm, or by 1e-12 if that is larger:
  /// PyTorch's `normalize`.
  package func normalized() -> Tensor {
    let width = shape.last ?? 0
    return Tensor(shape: shape) { out in
      withElements { x in
        for start in stride(from: 0, to: x.count, by: max(width, 1)) {
          let row = UnsafeBufferPointer(rebasing: x[start..<start + width])
          // In double, so that the order of the sum leaves no trace.
          let square = row.reduce(0.0) { $0 + Double($1) * Double($1) }
          let norm = max(Float(square.squareRoot()), 1e-12)
          for i in 0..<width { out[start + i] = row[i] / norm }
        }
      }
    }
  }
}
