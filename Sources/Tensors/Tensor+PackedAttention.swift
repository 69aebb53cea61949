import Kernels

extension Tensor {
  /// Attention by the process's kernels. See `attention`.
  ///
  /// First, the keys and values of every head and sequence are packed into panels; then blocks of
  /// queries meet them.
  func packedAttention(
    _ shape: AttentionShape, in sequences: PackedSequences, keeping rows: [Int]?,
    _ format: WeightFormat
  ) -> Tensor {
    let table = KernelTable.active
    let layout = PackedHeads(shape, sequences, format, panelWidth: table.panelWidth)
    return Tensor(shape: [rows?.count ?? rowCount, shape.channels]) { out in
      withElements { qkv in
        guard let qkv = qkv.baseAddress, let out = out.baseAddress else { return }
        Scratch.with(floats: layout.wordCount) { packed in
          Parallel.forEach(sequences.count * shape.heads) {
            layout.pack(
              qkv, sequence: $0 / shape.heads, head: $0 % shape.heads, into: packed, table)
          }
          let blocks = QueryBlock.all(of: sequences, heads: shape.heads, keeping: rows)
          Parallel.forEach(blocks.count) {
            blocks[$0].attend(qkv, shape, layout, packed, into: out, table)
          }
        }
      }
    }
  }
}

/// Where the keys and values of each head and sequence stand once they are packed.
private struct PackedHeads {
  let format: WeightFormat
  private let shape: AttentionShape
  private let ranges: [Range<Int>]
  private let panelWidth: Int
  /// Where each sequence starts, in words.
  private let starts: [Int]
  let wordCount: Int

  init(
    _ shape: AttentionShape, _ sequences: PackedSequences, _ format: WeightFormat, panelWidth: Int
  ) {
    self.format = format
    self.shape = shape
    self.panelWidth = panelWidth
    ranges = sequences.ranges
    var (starts, count): ([Int], Int) = ([], 0)
    for range in sequences.ranges {
      starts.append(count)
      let sizes = Self.sizes(shape, format, length: range.count, panelWidth: panelWidth)
      count += (sizes.keys + sizes.values) * shape.heads
    }
    self.starts = starts
    wordCount = count
  }

  /// Words of a head's keys, [keys / panelWidth][depth][panelWidth], and of its values,
  /// [headWidth / panelWidth][key words][panelWidth].
  private static func sizes(
    _ shape: AttentionShape, _ format: WeightFormat, length: Int, panelWidth: Int
  ) -> (keys: Int, values: Int) {
    (
      length.roundedUp(to: panelWidth) * format.words(shape.headWidth),
      shape.headWidth.roundedUp(to: panelWidth) * format.words(length)
    )
  }

  /// Where a head's keys and values begin, in words.
  func offsets(sequence: Int, head: Int) -> (keys: Int, values: Int) {
    let sizes = Self.sizes(
      shape, format, length: ranges[sequence].count, panelWidth: panelWidth)
    let start = starts[sequence] + head * (sizes.keys + sizes.values)
    return (start, start + sizes.keys)
  }

  func pack(
    _ qkv: UnsafePointer<Float>, sequence: Int, head: Int,
    into packed: UnsafeMutablePointer<Float>, _ table: KernelTable
  ) {
    let stride = 3 * shape.channels
    let range = ranges[sequence]
    let k = qkv + range.lowerBound * stride + shape.channels + head * shape.headWidth
    let offsets = offsets(sequence: sequence, head: head)
    packKeys(k, stride, count: range.count, into: packed + offsets.keys, table)
    packValues(k + shape.channels, stride, count: range.count, into: packed + offsets.values, table)
  }

  private func packKeys(
    _ k: UnsafePointer<Float>, _ stride: Int, count: Int, into out: UnsafeMutablePointer<Float>,
    _ table: KernelTable
  ) {
    let depth = format.words(shape.headWidth)
    let panelWords = panelWidth * depth
    if count % panelWidth != 0 {
      (out + count / panelWidth * panelWords).update(repeating: 0, count: panelWords)
    }
    func transpose(_ rows: UnsafePointer<Float>, _ stride: Int) {
      for key in Swift.stride(from: 0, to: count, by: panelWidth) {
        table.transposeWords(
          rows + key * stride, 4 * stride, min(panelWidth, count - key), depth,
          out + key * depth, 4 * panelWidth)
      }
    }
    guard format == .bf16Pairs else {
      transpose(k, stride)
      return
    }
    Scratch.with(floats: count * depth) { words in
      for key in 0..<count { table.narrow(k + key * stride, words + key * depth, shape.headWidth) }
      transpose(words, depth)
    }
  }

  private func packValues(
    _ v: UnsafePointer<Float>, _ stride: Int, count: Int, into out: UnsafeMutablePointer<Float>,
    _ table: KernelTable
  ) {
    var target = out
    for channel in Swift.stride(from: 0, to: shape.headWidth, by: panelWidth) {
      let width = min(panelWidth, shape.headWidth - channel)
      for key in Swift.stride(from: 0, to: count, by: format.numbersPerWord) {
        let row = v + key * stride + channel
        if format == .bf16Pairs {
          table.pair(row, key + 1 < count ? row + stride : nil, target, width)
        } else {
          target.update(from: row, count: width)
        }
        if width < panelWidth {
          (target + width).update(repeating: 0, count: panelWidth - width)
        }
        target += panelWidth
      }
    }
  }
}

/// Queries of one head and sequence that are worked on together.
private struct QueryBlock {
  let sequence: Int
  let head: Int
  /// Tokens of the sequence, and those of the block, in the batch.
  let tokens: Range<Int>
  let queries: Range<Int>
  /// The row of the output that the first query gets.
  let firstRow: Int

  /// Their scores against a block of keys fit into the second cache.
  static let queryCount = 128

  /// - Parameter rows: one token of each sequence, if no other is wanted.
  static func all(
    of sequences: PackedSequences, heads: Int, keeping rows: [Int]?
  ) -> [QueryBlock] {
    sequences.ranges.enumerated().flatMap { sequence, tokens in
      (0..<heads).flatMap { head -> [QueryBlock] in
        if let row = rows?[sequence] {
          precondition(tokens.contains(row), "row \(row) in a sequence of \(tokens)")
          return [
            QueryBlock(
              sequence: sequence, head: head, tokens: tokens, queries: row..<row + 1,
              firstRow: sequence)
          ]
        }
        return stride(from: tokens.lowerBound, to: tokens.upperBound, by: queryCount).map {
          QueryBlock(
            sequence: sequence, head: head, tokens: tokens,
            queries: $0..<min($0 + queryCount, tokens.upperBound), firstRow: $0)
        }
      }
    }
  }

  func attend(
    _ qkv: UnsafePointer<Float>, _ shape: AttentionShape, _ layout: PackedHeads,
    _ packed: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, _ table: KernelTable
  ) {
    let stride = 3 * shape.channels
    let offsets = layout.offsets(sequence: sequence, head: head)
    let channel = head * shape.headWidth
    let firstQuery = queries.lowerBound - tokens.lowerBound
    let keys = shape.isCausal ? firstQuery + queries.count : tokens.count
    let rowLength = min(AttentionProduct.keyBlock, keys)
    let q = qkv + queries.lowerBound * stride + channel
    let depth = layout.format.words(shape.headWidth)
    // Scores, two numbers for each query, and the queries as words where they are not float32.
    let scores = queries.count * (rowLength + 2)
    let isNarrow = layout.format == .bf16Pairs
    Scratch.with(floats: scores + (isNarrow ? queries.count * depth : 0)) { scratch in
      let words = scratch + scores
      if isNarrow {
        for query in 0..<queries.count {
          table.narrow(q + query * stride, words + query * depth, shape.headWidth)
        }
      }
      table.attention(
        AttentionProduct(
          format: layout.format, q: isNarrow ? UnsafePointer(words) : q,
          qStride: isNarrow ? depth : stride, queries: queries.count,
          headWidth: shape.headWidth, keys: keys, packedKeys: packed + offsets.keys,
          packedValues: packed + offsets.values,
          valueRows: layout.format.words(tokens.count), scale: shape.scale,
          firstQuery: shape.isCausal ? firstQuery : nil, scratch: scratch,
          out: out + firstRow * shape.channels + channel, outStride: shape.channels))
    }
  }
}

extension Int {
  fileprivate func roundedUp(to multiple: Int) -> Int {
    (self + multiple - 1) / multiple * multiple
  }
}
