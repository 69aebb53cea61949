import Kernels

extension Tensor {
  /// Attention by the process's kernels. See `attention`.
  ///
  /// First, the keys and values of every head and sequence are packed into panels; then blocks of
  /// queries meet them.
  func packedAttention(_ shape: AttentionShape, in sequences: PackedSequences) -> Tensor {
    let table = KernelTable.active
    let layout = PackedHeads(shape, sequences, panelWidth: table.panelWidth)
    return Tensor(shape: [rowCount, shape.channels]) { out in
      withElements { qkv in
        guard let qkv = qkv.baseAddress, let out = out.baseAddress else { return }
        Scratch.with(floats: layout.floatCount) { packed in
          Parallel.forEach(sequences.count * shape.heads) {
            layout.pack(qkv, sequence: $0 / shape.heads, head: $0 % shape.heads, into: packed)
          }
          let blocks = QueryBlock.all(of: sequences, heads: shape.heads)
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
  private let shape: AttentionShape
  private let ranges: [Range<Int>]
  private let panelWidth: Int
  /// Where each sequence starts, in floats.
  private let starts: [Int]
  let floatCount: Int

  init(_ shape: AttentionShape, _ sequences: PackedSequences, panelWidth: Int) {
    self.shape = shape
    self.panelWidth = panelWidth
    ranges = sequences.ranges
    var (starts, count): ([Int], Int) = ([], 0)
    for range in sequences.ranges {
      starts.append(count)
      let keys = range.count.roundedUp(to: panelWidth) * shape.headWidth
      let values = shape.headWidth.roundedUp(to: panelWidth) * range.count
      count += (keys + values) * shape.heads
    }
    self.starts = starts
    floatCount = count
  }

  /// Offsets of a head's keys, [keys / panelWidth][headWidth][panelWidth], and of its values,
  /// [headWidth / panelWidth][keys][panelWidth].
  func offsets(sequence: Int, head: Int) -> (keys: Int, values: Int) {
    let length = ranges[sequence].count
    let keys = length.roundedUp(to: panelWidth) * shape.headWidth
    let values = shape.headWidth.roundedUp(to: panelWidth) * length
    let start = starts[sequence] + head * (keys + values)
    return (start, start + keys)
  }

  func pack(
    _ qkv: UnsafePointer<Float>, sequence: Int, head: Int, into packed: UnsafeMutablePointer<Float>
  ) {
    let stride = 3 * shape.channels
    let range = ranges[sequence]
    let k = qkv + range.lowerBound * stride + shape.channels + head * shape.headWidth
    let v = k + shape.channels
    let offsets = offsets(sequence: sequence, head: head)
    var keys = UnsafeMutableRawPointer(packed + offsets.keys).assumingMemoryBound(to: UInt32.self)
    for key in Swift.stride(from: 0, to: range.count, by: panelWidth) {
      Panel.pack(
        k + key * stride, stride: stride, count: min(panelWidth, range.count - key),
        depth: shape.headWidth, into: keys, width: panelWidth)
      keys += panelWidth * shape.headWidth
    }
    var values = packed + offsets.values
    for channel in Swift.stride(from: 0, to: shape.headWidth, by: panelWidth) {
      let count = min(panelWidth, shape.headWidth - channel)
      for key in 0..<range.count {
        values.update(from: v + key * stride + channel, count: count)
        if count < panelWidth {
          (values + count).update(repeating: 0, count: panelWidth - count)
        }
        values += panelWidth
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

  /// Their scores against a block of keys fit into the second cache.
  static let queryCount = 128

  static func all(of sequences: PackedSequences, heads: Int) -> [QueryBlock] {
    sequences.ranges.enumerated().flatMap { sequence, tokens in
      (0..<heads).flatMap { head in
        stride(from: tokens.lowerBound, to: tokens.upperBound, by: queryCount).map {
          QueryBlock(
            sequence: sequence, head: head, tokens: tokens,
            queries: $0..<min($0 + queryCount, tokens.upperBound))
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
    Scratch.with(floats: queries.count * (rowLength + 2)) { scratch in
      table.attention(
        AttentionProduct(
          q: qkv + queries.lowerBound * stride + channel, qStride: stride, queries: queries.count,
          headWidth: shape.headWidth, keys: keys, packedKeys: packed + offsets.keys,
          packedValues: packed + offsets.values, valueRows: tokens.count, scale: shape.scale,
          firstQuery: shape.isCausal ? firstQuery : nil, scratch: scratch,
          out: out + queries.lowerBound * shape.channels + channel, outStride: shape.channels))
    }
  }
}

extension Int {
  fileprivate func roundedUp(to multiple: Int) -> Int {
    (self + multiple - 1) / multiple * multiple
  }
}
