import TesseraKernels

extension Tensor {
  /// down(activation(up(x))) + residual: [T, C] → [T, C], for weights of narrow numbers.
  ///
  /// The hidden stage is written as the words that the second product reads, strip by strip: in
  /// float32 it would take four times as much memory, and another pass. The bits are those of the
  /// operations apart.
  ///
  /// Nil where that is not possible or would be slower: float32, weights that are not in memory, or
  /// too few strips for the threads.
  package func feedForward(
    _ up: LinearWeights, bias upBias: Tensor?, _ activation: Activation,
    _ down: LinearWeights, bias downBias: Tensor?, adding residual: Tensor?
  ) -> Tensor? {
    guard let up = up.residentParts, let down = down.residentParts, up.count == 1,
      let format = down.first?.matrix.format,
      let strips = Strips(of: up[0].matrix, for: format), shape[0] > 0,
      strips.count >= 2 * Parallel.threadCount
    else { return nil }
    precondition(
      shape[1] == up[0].matrix.inputs && down[0].matrix.inputs == up[0].matrix.outputs,
      "\(shape) through \(up[0].matrix.inputs), \(up[0].matrix.outputs), \(down[0].matrix.inputs)")
    let rows = shape[0]
    let groups = format == .int8Quads ? QuantizationGroups(numbers: up[0].matrix.outputs) : nil
    let depth = format.words(up[0].matrix.outputs)
    return Scratch.with(floats: rows * (depth + 2 * (groups?.count ?? 0))) { words in
      let hidden = ActivationRows(
        words: words, depth: depth, scales: groups.map { _ in UnsafePointer(words + rows * depth) },
        groups: groups)
      withRows(for: up[0].matrix.format) { x in
        withOptionalElements(upBias) { bias in
          let blocks = (0..<rows).pieces(of: RowBlocks.height)
          Parallel.forEach(blocks.count * strips.count) { piece in
            strips.write(
              piece % strips.count, of: x, blocks[piece / strips.count], up[0], bias,
              activation.epilogue, into: words, scales: words + rows * depth)
          }
        }
      }
      return hidden.linear(down, rows: rows, bias: downBias, activation: nil, adding: residual)
    }
  }

  /// activation(gate) · up, where one product gives both: [T, C] → [T, hidden].
  ///
  /// Panel by panel, so that neither is ever in memory as a whole. See `gated(by:)`.
  ///
  /// Nil unless the weights are in memory.
  package func gated(
    _ gateAndUp: LinearWeights, bias: Tensor?, by activation: Activation = .silu
  ) -> Tensor? {
    guard let parts = gateAndUp.residentParts, parts.count == 2 else { return nil }
    let matrix = parts[0].matrix
    precondition(
      shape[1] == matrix.inputs && parts[1].matrix.outputs == matrix.outputs,
      "\(shape) through gates of \(parts.map(\.matrix.outputs))")
    let blocks = (0..<shape[0]).pieces(of: RowBlocks.height)
    return Tensor(shape: [shape[0], matrix.outputs]) { out in
      guard let out = out.baseAddress else { return }
      withRows(for: matrix.format) { x in
        withOptionalElements(bias) { bias in
          let gates = Gates(
            x: x, parts: parts, bias: bias, hidden: matrix.outputs, activation: activation)
          Parallel.forEach(blocks.count * matrix.panelCount) { piece in
            gates.write(
              panel: piece % matrix.panelCount, rows: blocks[piece / matrix.panelCount], into: out)
          }
        }
      }
    }
  }
}

/// Two products of the same rows, of which one gates the other.
private struct Gates {
  let x: ActivationRows
  /// Of the gate, and of what goes through it.
  let parts: [(matrix: PackedMatrix, panels: TensorStorage)]
  let bias: UnsafePointer<Float>?
  /// Columns of each.
  let hidden: Int
  let activation: Activation

  /// - Parameter out: [T, hidden]
  func write(panel: Int, rows: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    let table = KernelTable.active
    let width = table.panelWidth
    let first = panel * width
    let columns = min(width, hidden - first)
    Scratch.with(floats: 2 * rows.count * width) { both in
      for (index, part) in parts.enumerated() {
        guard let weights = part.matrix.address(of: panel, in: part.panels) else { return }
        var product = PanelProduct(
          x, rows: rows, part.matrix, panel: weights,
          c: both + index * rows.count * width, cStride: width, columns: columns)
        product.bias = bias.map { $0 + index * hidden + first }
        // The other part's panel, then this thread's next.
        let other = parts[1 - index]
        product.next = other.matrix.address(
          of: index == 0 ? panel : panel + Parallel.threadCount, in: other.panels)
        table.panelProduct(product)
      }
      for row in 0..<rows.count {
        activation.gate(
          both + row * width, both + (rows.count + row) * width,
          into: out + (rows.lowerBound + row) * hidden + first, count: columns)
      }
    }
  }
}

/// Columns of a product that become words of the next one's activations together.
private struct Strips {
  let count: Int
  /// Columns of a strip, whole panels; the last may have fewer.
  private let width: Int
  private let format: WeightFormat
  private let columns: Int

  /// - Parameter format: that of the next product's weights.
  init?(of matrix: PackedMatrix, for format: WeightFormat) {
    switch format {
    case .f32, .f16, .bf16, .int4Octets: return nil
    case .bf16Pairs: width = 4 * matrix.panelWidth
    case .int8Quads: width = 4 * QuantizationGroups(numbers: matrix.outputs).words
    }
    guard width.isMultiple(of: matrix.panelWidth) else { return nil }
    self.format = format
    columns = matrix.outputs
    count = (columns + width - 1) / width
  }

  /// Computes a strip of some rows.
  ///
  /// - Parameters:
  ///   - words: of all rows and strips.
  ///   - scales: of bytes: [rows, strips, 2].
  func write(
    _ strip: Int, of x: ActivationRows, _ rows: Range<Int>,
    _ weights: (matrix: PackedMatrix, panels: TensorStorage), _ bias: UnsafePointer<Float>?,
    _ epilogue: Epilogue, into words: UnsafeMutablePointer<Float>,
    scales: UnsafeMutablePointer<Float>
  ) {
    let table = KernelTable.active
    let first = strip * width
    let count = min(width, columns - first)
    Scratch.with(floats: rows.count * width) { floats in
      for column in stride(from: 0, to: count, by: table.panelWidth) {
        let panel = (first + column) / table.panelWidth
        guard let address = weights.matrix.address(of: panel, in: weights.panels) else { return }
        var product = PanelProduct(
          x, rows: rows, weights.matrix, panel: address, c: floats + column,
          cStride: width, columns: min(table.panelWidth, count - column))
        product.bias = bias.map { $0 + first + column }
        product.epilogue = epilogue
        product.next = weights.matrix.address(of: panel + 1, in: weights.panels)
        table.panelProduct(product)
      }
      for row in rows {
        let numbers = floats + (row - rows.lowerBound) * width
        let out = words + row * format.words(columns) + first / format.numbersPerWord
        if format == .int8Quads {
          table.quantize(numbers, out, count, scales + 2 * (row * self.count + strip))
        } else {
          table.narrow(numbers, out, count)
        }
      }
    }
  }
}
