import TesseraKernels

extension Tensor {
  /// Self-attention from the layer's input on: x [T, C] → [T, H·D].
  ///
  /// One head of one sequence at a time (where heads share keys, those that do), from the
  /// projections to its result, on one thread: q, k and v never leave the second cache, and need no
  /// pass over memory of their own. The bits are those of the operations apart.
  ///
  /// Nil where that is not possible or would be slower: weights that are not in memory, heads that
  /// are not whole panels, too few of them for the threads, or rows left out of what turns.
  ///
  /// - Parameters:
  ///   - projection: q, k and v, stacked.
  ///   - rows: one token of each sequence, whose result alone is wanted: → [B, H·D].
  package func projectedAttention(
    _ projection: LinearWeights, bias: Tensor?, norms: HeadNorms? = nil, rotary: RotaryTables?,
    _ shape: AttentionShape, in sequences: PackedSequences, keeping rows: [Int]? = nil
  ) -> Tensor? {
    let table = KernelTable.active
    let tasks = sequences.count * shape.keyHeads
    guard let format = shape.packedFormat(for: .current),
      let parts = projection.residentParts, parts.count == 3,
      shape.headWidth.isMultiple(of: table.panelWidth),
      rotary == nil || !sequences.hasGaps,
      Parallel.threadCount == 1 || tasks >= 4 * Parallel.threadCount
    else { return nil }
    precondition(
      self.shape == [sequences.tokenCount, projection.inputs]
        && parts.map(\.matrix.outputs) == [shape.channels, shape.keyChannels, shape.keyChannels]
        && norms.map { $0.query.weight.shape == [shape.headWidth] } ?? true,
      "attention over \(self.shape) with \(shape.heads) and \(shape.keyHeads) heads of "
        + "\(shape.headWidth)")
    if let rotary {
      precondition(
        rotary.fit(shape, sequences),
        "rotary embedding \(rotary.cosines.shape) from token \(rotary.firstToken) for sequences "
          + "\(sequences.ranges)")
    }
    return Tensor(shape: [rows?.count ?? rowCount, shape.channels]) { out in
      guard let out = out.baseAddress else { return }
      withRows(for: parts[0].matrix.format) { x in
        withOptionalElements(bias) { bias in
          let projection = HeadProjection(
            x: x, parts: parts, bias: bias, norms: norms, rotary: rotary, shape: shape,
            table: table)
          Parallel.forEach(tasks) { task in
            let (sequence, keyHead) = (task / shape.keyHeads, task % shape.keyHeads)
            let tokens = sequences.ranges[sequence]
            projection.attend(
              keyHead, tokens,
              HeadPanels(
                shape, format, count: sequences.keyCount(of: sequence), tokenCount: tokens.count,
                for: table),
              queries: sequences.queries(of: sequence, keeping: rows),
              into: out + (rows == nil ? tokens.lowerBound : sequence) * shape.channels)
          }
        }
      }
    }
  }
}

/// The projections of a layer's input, of which a head's columns are computed at a time.
private struct HeadProjection {
  let x: ActivationRows
  /// Of q, k and v.
  let parts: [(matrix: PackedMatrix, panels: TensorStorage)]
  let bias: UnsafePointer<Float>?
  let norms: HeadNorms?
  let rotary: RotaryTables?
  let shape: AttentionShape
  let table: KernelTable

  private enum Part: Int {
    case query, key, value
  }

  /// The heads that share keys and values.
  ///
  /// - Parameters:
  ///   - tokens: the sequence, in the batch.
  ///   - queries: the tokens whose results are wanted, counted from the sequence's first.
  ///   - out: the row of the first query.
  func attend(
    _ keyHead: Int, _ tokens: Range<Int>, _ panels: HeadPanels, queries: Range<Int>,
    into out: UnsafeMutablePointer<Float>
  ) {
    let width = shape.headWidth
    let blockLength = min(HeadPanels.queryCount, tokens.count)
    let projectedCount = blockLength * width
    let scratchCount = panels.scratchCount(queries: blockLength)
    Scratch.with(floats: panels.wordCount + projectedCount + scratchCount) { packed in
      let projected = packed + panels.wordCount
      for block in (0..<panels.count).pieces(of: blockLength) {
        project(.key, keyHead, tokens, block, into: projected)
        panels.packKeys(projected, stride: width, keys: block, into: packed)
        project(.value, keyHead, tokens, block, into: projected)
        panels.packValues(projected, stride: width, keys: block, into: packed)
      }
      for head in keyHead * shape.groupSize..<(keyHead + 1) * shape.groupSize {
        for block in queries.pieces(of: blockLength) {
          project(.query, head, tokens, block, into: projected)
          panels.attend(
            projected, stride: width, head: head, queries: block, packed,
            scratch: projected + projectedCount,
            into: out + (block.lowerBound - queries.lowerBound) * shape.channels + head * width)
        }
      }
    }
  }

  /// A head's columns of q, k or v for some tokens of a sequence: [tokens, D].
  private func project(
    _ part: Part, _ head: Int, _ tokens: Range<Int>, _ block: Range<Int>,
    into out: UnsafeMutablePointer<Float>
  ) {
    let (matrix, storage) = parts[part.rawValue]
    let rows = tokens.lowerBound + block.lowerBound..<tokens.lowerBound + block.upperBound
    for column in stride(from: 0, to: shape.headWidth, by: matrix.panelWidth) {
      let first = head * shape.headWidth + column
      let panel = first / matrix.panelWidth
      guard let weights = matrix.address(of: panel, in: storage) else { return }
      var product = PanelProduct(
        x, rows: rows, matrix, panel: weights, c: out + column, cStride: shape.headWidth,
        columns: matrix.panelWidth)
      product.bias = bias.map { $0 + firstColumn(of: part) + first }
      product.next = next(after: part, panel)
      table.panelProduct(product)
    }
    switch part {
    case .query: norms?.query.normalize(out, rows: block.count, into: out)
    case .key: norms?.key.normalize(out, rows: block.count, into: out)
    case .value: return
    }
    guard let rotary else { return }
    for place in block {
      let row = out + (place - block.lowerBound) * shape.headWidth
      rotary.rotate(row, width: shape.headWidth, at: place, into: row)
    }
  }

  /// The panel that is probably read next: a head's key, value and query follow one another.
  private func next(after part: Part, _ panel: Int) -> UnsafeRawPointer? {
    let (matrix, storage) =
      switch part {
      case .key: parts[Part.value.rawValue]
      case .value: parts[Part.query.rawValue]
      case .query: parts[Part.key.rawValue]
      }
    return matrix.address(
      of: part == .query ? panel + Parallel.threadCount : panel, in: storage)
  }

  /// Columns of the projection before those of a part.
  private func firstColumn(of part: Part) -> Int {
    switch part {
    case .query: 0
    case .key: shape.channels
    case .value: shape.channels + shape.keyChannels
    }
  }
}
