import TesseraKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the heads of an attention share the channels.
package struct AttentionShape: Sendable {
  package let heads: Int
  /// Channels of one head, D.
  package let headWidth: Int
  /// Factor on q·k before the softmax.
  package let scale: Float
  /// Whether a token sees only itself and those before it.
  package let isCausal: Bool
  package let precision: Arithmetic

  package init(
    heads: Int, headWidth: Int, scale: Float, isCausal: Bool = false,
    precision: Arithmetic = .float32
  ) {
    self.heads = heads
    self.headWidth = headWidth
    self.scale = scale
    self.isCausal = isCausal
    self.precision = precision
  }

  /// Channels of all heads together, H·D.
  package var channels: Int { heads * headWidth }

  /// How the process's kernels want keys and values; nil if others are to compute.
  func packedFormat(for code: ProductCode) -> WeightFormat? {
    if precision != .float32 && KernelTable.active.instructionSet.hasBF16 { return .bf16Pairs }
    return code == .simd ? .f32 : nil
  }
}

extension Tensor {
  /// softmax(q·kᵀ·scale)·v in each head of each sequence: [T, 3·H·D] (q, k and v side by side)
  /// → [T, H·D].
  ///
  /// Works on blocks of queries and keys with a running maximum and sum (Dao et al.,
  /// "FlashAttention"; Milakov and Gimelshein, "Online normalizer calculation for softmax"), so
  /// memory grows with T and never with T². Blocks start where a sequence starts: its result is
  /// the same bits whatever else is in the batch.
  ///
  /// - Parameter rows: one token of each sequence, whose result alone is wanted: → [B, H·D].
  package func attention(
    _ shape: AttentionShape, in sequences: PackedSequences, keeping rows: [Int]? = nil,
    by code: ProductCode = .current
  ) -> Tensor {
    precondition(
      self.shape == [sequences.tokenCount, 3 * shape.channels],
      "attention over \(self.shape) with \(shape.heads) heads of \(shape.headWidth)")
    if let format = shape.packedFormat(for: code) {
      return packedAttention(shape, in: sequences, keeping: rows, format)
    }
    if let rows { return attention(shape, in: sequences, by: code).rows(at: rows) }
    let blocks = AttentionBlock.all(of: sequences, heads: shape.heads)
    return Tensor(shape: [rowCount, shape.channels]) { out in
      withElements { qkv in
        guard let qkv = qkv.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEach(blocks.count) { blocks[$0].attend(qkv, shape, into: out, by: code) }
      }
    }
  }

  /// The attention weights of one sequence, for study: [T, 3·H·D] → [H, T, T].
  package func attentionProbabilities(_ shape: AttentionShape, of tokens: Range<Int>) -> Tensor {
    let count = tokens.count
    let stride = 3 * shape.channels
    let table = KernelTable.active
    return Tensor(shape: [shape.heads, count, count]) { out in
      withElements { qkv in
        guard let qkv = qkv.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEach(shape.heads) { head in
          let q = qkv + tokens.lowerBound * stride + head * shape.headWidth
          let scores = out + head * count * count
          multiply(
            rows: count, columns: count, depth: shape.headWidth, scale: shape.scale,
            MatrixView(start: q, stride: stride),
            MatrixView(start: q + shape.channels, stride: stride), isTransposed: true,
            into: scores, stride: count)
          for row in 0..<count {
            let seen = shape.isCausal ? row + 1 : count
            let line = UnsafeMutableBufferPointer(start: scores + row * count, count: count)
            let start = scores + row * count
            let sum = table.exponentiate(start, seen, table.maximum(start, seen), 1)
            for i in 0..<seen { start[i] /= sum }
            UnsafeMutableBufferPointer(rebasing: line[seen...]).update(repeating: 0)
          }
        }
      }
    }
  }
}

/// The queries of one head and sequence that are worked on together.
private struct AttentionBlock {
  let head: Int
  let sequence: Range<Int>
  let queries: Range<Int>

  static let queryCount = 128
  static let keyCount = 512

  static func all(of sequences: PackedSequences, heads: Int) -> [AttentionBlock] {
    sequences.ranges.flatMap { sequence in
      (0..<heads).flatMap { head in
        stride(from: sequence.lowerBound, to: sequence.upperBound, by: queryCount).map {
          AttentionBlock(
            head: head, sequence: sequence,
            queries: $0..<min($0 + queryCount, sequence.upperBound))
        }
      }
    }
  }

  func attend(
    _ qkv: UnsafePointer<Float>, _ shape: AttentionShape, into out: UnsafeMutablePointer<Float>,
    by code: ProductCode
  ) {
    let width = shape.headWidth
    let stride = 3 * shape.channels
    let q = qkv + queries.lowerBound * stride + head * width
    let result = out + queries.lowerBound * shape.channels + head * width
    let table = KernelTable.active
    let visible = shape.isCausal ? sequence.lowerBound..<queries.upperBound : sequence
    let rowLength = min(Self.keyCount, visible.count)

    withUnsafeTemporaryAllocation(of: Float.self, capacity: queries.count * (rowLength + 2)) {
      scratch in
      guard let scores = scratch.baseAddress else { return }
      let maxima = scores + queries.count * rowLength
      let sums = maxima + queries.count

      for start in Swift.stride(from: visible.lowerBound, to: visible.upperBound, by: Self.keyCount)
      {
        let keys = start..<min(start + Self.keyCount, visible.upperBound)
        let isFirst = start == visible.lowerBound
        let k = qkv + start * stride + shape.channels + head * width
        multiply(
          by: code, rows: queries.count, columns: keys.count, depth: width, scale: shape.scale,
          MatrixView(start: q, stride: stride), MatrixView(start: k, stride: stride),
          isTransposed: true, into: scores, stride: rowLength)
        for row in 0..<queries.count {
          let line = scores + row * rowLength
          if shape.isCausal {
            UnsafeMutableBufferPointer(start: line, count: keys.count)
              .hide(keysAfter: queries.lowerBound + row, from: start)
          }
          let blockMaximum = table.maximum(line, keys.count)
          let maximum = isFirst ? blockMaximum : max(maxima[row], blockMaximum)
          let sum = table.exponentiate(line, keys.count, maximum, 1)
          if isFirst {
            sums[row] = sum
          } else if maximum == maxima[row] {
            sums[row] += sum
          } else {
            // What was gathered under a lower maximum is too large by exp(new − old).
            let correction = exp(maxima[row] - maximum)
            sums[row] = sums[row] * correction + sum
            for i in 0..<width { result[row * shape.channels + i] *= correction }
          }
          maxima[row] = maximum
        }
        multiply(
          by: code, rows: queries.count, columns: width, depth: keys.count,
          MatrixView(start: scores, stride: rowLength),
          MatrixView(start: k + shape.channels, stride: stride), isTransposed: false,
          into: result, stride: shape.channels, accumulating: !isFirst)
      }
      for row in 0..<queries.count {
        for i in 0..<width { result[row * shape.channels + i] /= sums[row] }
      }
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Puts −∞ where a causal query must not look; element 0 is the score of key `start`.
  fileprivate func hide(keysAfter query: Int, from start: Int) {
    let seen = Swift.min(Swift.max(query + 1 - start, 0), count)
    UnsafeMutableBufferPointer(rebasing: self[seen...]).update(repeating: -.infinity)
  }
}
