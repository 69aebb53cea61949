extension Tensor {
  /// x·Wᵀ + b by BLAS or by plain loops, on weights as the checkpoint orders them.
  ///
  /// The output is cut into blocks of rows and columns; each thread takes whole blocks and
  /// finishes them (bias, activation) while they are in its cache.
  func plainLinear(
    _ weights: LinearWeights, _ bias: Tensor?, _ activation: Activation?
  ) -> Tensor {
    let rows = shape[0]
    return Tensor(shape: [rows, weights.outputs]) { out in
      var firstColumn = 0
      for part in weights.parts {
        guard case .plain(let weight, let code) = part else {
          preconditionFailure("weights that are packed in part")
        }
        let columns = firstColumn..<firstColumn + weight.rowCount
        multiply(
          by: weight, code, bias, activation, into: out, columns: columns, of: weights.outputs)
        firstColumn = columns.upperBound
      }
    }
  }

  /// Fills some columns of the output, which is `width` wide.
  private func multiply(
    by weight: Tensor, _ code: ProductCode, _ bias: Tensor?, _ activation: Activation?,
    into out: UnsafeMutableBufferPointer<Float>, columns: Range<Int>, of width: Int
  ) {
    let (rows, depth) = (shape[0], shape[1])
    guard let c = out.baseAddress.map({ $0 + columns.lowerBound }) else { return }
    let bias = bias?.elements
    let blocks = ProductBlocks(rows: rows, columns: columns.count)
    withElements { x in
      weight.withElements { w in
        guard let a = x.baseAddress, let b = w.baseAddress else { return }
        Parallel.forEach(blocks.count) { block in
          let (rowRange, columnRange) = blocks[block]
          TesseraTensors.multiply(
            by: code, rows: rowRange.count, columns: columnRange.count, depth: depth,
            MatrixView(start: a + rowRange.lowerBound * depth, stride: depth),
            MatrixView(start: b + columnRange.lowerBound * depth, stride: depth),
            isTransposed: true,
            into: c + rowRange.lowerBound * width + columnRange.lowerBound, stride: width)
          for row in rowRange {
            let part = c + row * width + columnRange.lowerBound
            if let bias {
              for i in 0..<columnRange.count {
                part[i] += bias[columns.lowerBound + columnRange.lowerBound + i]
              }
            }
            activation?.kernel(part, columnRange.count)
          }
        }
      }
    }
  }
}

/// How the output of a product is cut for the threads; the same whatever their number, so that
/// the answer is too.
private struct ProductBlocks {
  let rows: Int
  let columns: Int
  // Wide enough that OpenBLAS packs its operands seldom, small enough that two threads balance.
  private let height = 512
  private let width = 384

  private var columnBlocks: Int { (columns + width - 1) / width }
  var count: Int { (rows + height - 1) / height * columnBlocks }

  subscript(block: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let row = block / columnBlocks * height
    let column = block % columnBlocks * width
    return (row..<min(row + height, rows), column..<min(column + width, columns))
  }
}
