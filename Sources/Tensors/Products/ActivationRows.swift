import TesseraKernels

/// Rows of activations in the words that a product reads.
struct ActivationRows {
  /// [T, words]
  let words: UnsafeRawPointer
  /// Words in a row.
  let depth: Int
  /// Of bytes: scale and offset of each row and group, [T, groups, 2].
  let scales: UnsafePointer<Float>?
  let groups: QuantizationGroups?
}

extension Tensor {
  /// Lends the rows of a matrix as words for weights of a format; float32 lends the elements.
  func withRows(for format: WeightFormat, _ body: (ActivationRows) -> Void) {
    let (rows, width) = (shape[0], shape[1])
    let depth = format.words(width)
    let table = KernelTable.active
    withElements { x in
      guard let x = x.baseAddress else { return }
      switch format {
      case .f32, .f16, .bf16:
        body(ActivationRows(words: x, depth: depth, scales: nil, groups: nil))
      case .bf16Pairs:
        Scratch.with(floats: rows * depth) { words in
          Parallel.forEachRange(rows, minimum: 8) { range in
            for row in range { table.narrow(x + row * width, words + row * depth, width) }
          }
          body(ActivationRows(words: words, depth: depth, scales: nil, groups: nil))
        }
      case .int8Quads:
        let groups = QuantizationGroups(numbers: width)
        Scratch.with(floats: rows * (depth + 2 * groups.count)) { words in
          let scales = words + rows * depth
          Parallel.forEachRange(rows, minimum: 8) { range in
            for row in range {
              for group in 0..<groups.count {
                let numbers = groups.range(group, of: width)
                table.quantize(
                  x + row * width + numbers.lowerBound, words + row * depth + group * groups.words,
                  numbers.count, scales + 2 * (row * groups.count + group))
              }
            }
          }
          body(ActivationRows(words: words, depth: depth, scales: scales, groups: groups))
        }
      }
    }
  }
}
