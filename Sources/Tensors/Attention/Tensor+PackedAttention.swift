import TesseraKernels

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
    let heads = PackedHeads(shape, sequences, format, for: table)
    return Tensor(shape: [rows?.count ?? rowCount, shape.channels]) { out in
      withElements { qkv in
        guard let qkv = qkv.baseAddress, let out = out.baseAddress else { return }
        Scratch.with(floats: heads.wordCount) { packed in
          Parallel.forEach(sequences.count * shape.keyHeads) {
            heads.pack(
              qkv, sequence: $0 / shape.keyHeads, keyHead: $0 % shape.keyHeads, into: packed)
          }
          let blocks = QueryBlock.all(of: sequences, heads: shape.heads, keeping: rows)
          Parallel.forEach(blocks.count) { heads.attend(blocks[$0], qkv, packed, into: out) }
        }
      }
    }
  }
}

/// The packed keys and values of all heads and sequences, one behind the other.
private struct PackedHeads {
  private let shape: AttentionShape
  private let ranges: [Range<Int>]
  private let panels: [HeadPanels]
  /// Where each sequence starts, in words.
  private let starts: [Int]
  let wordCount: Int

  init(
    _ shape: AttentionShape, _ sequences: PackedSequences, _ format: WeightFormat,
    for table: KernelTable
  ) {
    self.shape = shape
    ranges = sequences.ranges
    panels = ranges.enumerated().map { index, tokens in
      HeadPanels(
        shape, format, count: sequences.keyCount(of: index), tokenCount: tokens.count, for: table)
    }
    var (starts, count): ([Int], Int) = ([], 0)
    for panels in panels {
      starts.append(count)
      count += panels.wordCount * shape.keyHeads
    }
    self.starts = starts
    wordCount = count
  }

  private var stride: Int { shape.inputChannels }

  private func start(sequence: Int, keyHead: Int) -> Int {
    starts[sequence] + keyHead * panels[sequence].wordCount
  }

  func pack(
    _ qkv: UnsafePointer<Float>, sequence: Int, keyHead: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let (panels, tokens) = (panels[sequence], ranges[sequence])
    let k = qkv + tokens.lowerBound * stride + shape.channels + keyHead * shape.headWidth
    let out = packed + start(sequence: sequence, keyHead: keyHead)
    panels.packKeys(k, stride: stride, keys: 0..<panels.count, into: out)
    panels.packValues(
      k + shape.keyChannels, stride: stride, keys: 0..<panels.count, into: out)
  }

  func attend(
    _ block: QueryBlock, _ qkv: UnsafePointer<Float>, _ packed: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) {
    let panels = panels[block.sequence]
    let first = ranges[block.sequence].lowerBound
    let channel = block.head * shape.headWidth
    let q = qkv + (first + block.queries.lowerBound) * stride + channel
    let count = block.queries.count
    let packed = packed + start(sequence: block.sequence, keyHead: block.head / shape.groupSize)
    let out = out + block.firstRow * shape.channels + channel
    Scratch.with(floats: panels.scratchCount(queries: count)) {
      panels.attend(
        q, stride: stride, head: block.head, queries: block.queries, packed, scratch: $0, into: out)
    }
  }
}

/// Queries of one head and sequence that are worked on together.
private struct QueryBlock {
  let sequence: Int
  let head: Int
  /// In the sequence.
  let queries: Range<Int>
  /// The row of the output that the first query gets.
  let firstRow: Int

  /// - Parameter rows: one token of each sequence, if no other is wanted.
  static func all(
    of sequences: PackedSequences, heads: Int, keeping rows: [Int]?
  ) -> [QueryBlock] {
    (0..<sequences.count).flatMap { sequence in
      let queries = sequences.queries(of: sequence, keeping: rows)
      return (0..<heads).flatMap { head in
        queries.pieces(of: HeadPanels.queryCount).map {
          QueryBlock(
            sequence: sequence, head: head, queries: $0,
            firstRow: rows == nil ? sequences.ranges[sequence].lowerBound + $0.lowerBound : sequence
          )
        }
      }
    }
  }
}

extension PackedSequences {
  /// Whose results are wanted of a sequence, counted from its first token.
  ///
  /// - Parameter rows: one token of each sequence, if no other is wanted.
  func queries(of sequence: Int, keeping rows: [Int]?) -> Range<Int> {
    let tokens = ranges[sequence]
    guard let row = rows?[sequence] else { return 0..<tokens.count }
    precondition(tokens.contains(row), "row \(row) in a sequence of \(tokens)")
    return row - tokens.lowerBound..<row - tokens.lowerBound + 1
  }
}
