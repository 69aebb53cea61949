import TesseraKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Tensor {
  /// softmax(q·kᵀ·scale + bias)·v in each head of each sequence, over the keys that each query sees:
  /// q, k and v side by side, [T, 3·H·D] or less where heads share keys → [T, H·D].
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
      self.shape == [sequences.tokenCount, shape.inputChannels],
      "attention over \(self.shape) with \(shape.heads) and \(shape.keyHeads) heads of \(shape.headWidth)"
    )
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

  /// The attention weights of one sequence, for study: q, k and v side by side
  /// → [H, T, T].
  ///
  /// - Parameter keyCount: how many tokens are attended to, the first ones; all if nil.
  package func attentionProbabilities(
    _ shape: AttentionShape, of tokens: Range<Int>, keyCount: Int? = nil
  ) -> Tensor {
    let count = tokens.count
    let stride = shape.inputChannels
    let table = KernelTable.active
    return Tensor(shape: [shape.heads, count, count]) { out in
      withElements { qkv in
        guard let qkv = qkv.baseAddress, let out = out.baseAddress else { return }
        Parallel.forEach(shape.heads) { head in
          let row = qkv + tokens.lowerBound * stride
          let scores = out + head * count * count
          multiply(
            rows: count, columns: count, depth: shape.headWidth, scale: shape.scale,
            MatrixView(start: row + shape.queryStart(head), stride: stride),
            MatrixView(start: row + shape.keyStart(head), stride: stride), isTransposed: true,
            into: scores, stride: count)
          for row in 0..<count {
            let seen = shape.sight.keys(of: row, count: keyCount ?? count)
            let line = UnsafeMutableBufferPointer(start: scores + row * count, count: count)
            shape.addBias(of: head, to: line, distance: -row)
            let start = scores + row * count + seen.lowerBound
            let sum = table.exponentiate(
              start, seen.count, table.maximum(start, seen.count), 1)
            for i in 0..<seen.count { start[i] /= sum }
            line.replace(outside: seen, with: 0)
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
  /// Tokens of the sequence that are keys.
  let keyTotal: Int
  let queries: Range<Int>

  static let queryCount = 128
  static let keyCount = 512

  static func all(of sequences: PackedSequences, heads: Int) -> [AttentionBlock] {
    sequences.ranges.enumerated().flatMap { index, sequence in
      (0..<heads).flatMap { head in
        stride(from: sequence.lowerBound, to: sequence.upperBound, by: queryCount).map {
          AttentionBlock(
            head: head, sequence: sequence, keyTotal: sequences.keyCount(of: index),
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
    let stride = shape.inputChannels
    let q = qkv + queries.lowerBound * stride + shape.queryStart(head)
    let result = out + queries.lowerBound * shape.channels + head * width
    let table = KernelTable.active
    let seen = shape.sight.keys(
      of: queries.lowerBound - sequence.lowerBound..<queries.upperBound - sequence.lowerBound,
      count: keyTotal)
    let visible = sequence.lowerBound + seen.lowerBound..<sequence.lowerBound + seen.upperBound
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
        let k = qkv + start * stride
        multiply(
          by: code, rows: queries.count, columns: keys.count, depth: width, scale: shape.scale,
          MatrixView(start: q, stride: stride),
          MatrixView(start: k + shape.keyStart(head), stride: stride), isTransposed: true,
          into: scores, stride: rowLength)
        for row in 0..<queries.count {
          let line = scores + row * rowLength
          let visible = UnsafeMutableBufferPointer(start: line, count: keys.count)
          let query = queries.lowerBound + row - sequence.lowerBound
          let seen = shape.sight.keys(of: query, count: keyTotal)
          let first = start - sequence.lowerBound
          shape.addBias(of: head, to: visible, distance: first - query)
          visible.replace(
            outside: seen.lowerBound - first..<seen.upperBound - first, with: -.infinity)
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
          MatrixView(start: k + shape.valueStart(head), stride: stride), isTransposed: false,
          into: result, stride: shape.channels, accumulating: !isFirst)
      }
      for row in 0..<queries.count {
        for i in 0..<width { result[row * shape.channels + i] /= sums[row] }
      }
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Overwrites all but a range, of which a part may lie outside.
  fileprivate func replace(outside range: Range<Int>, with value: Float) {
    let range = range.clamped(to: 0..<count)
    self[..<range.lowerBound].update(repeating: value)
    self[range.upperBound...].update(repeating: value)
  }
}

extension AttentionShape {
  /// Adds the bias to scaled scores of neighbouring keys; `distance` is that of the first.
  fileprivate func addBias(
    of head: Int, to scores: UnsafeMutableBufferPointer<Float>, distance: Int
  ) {
    guard let bias else { return }
    bias.values.withElements { values in
      for i in scores.indices {
        scores[i] += values[head * bias.values.rowWidth + bias.index(of: distance + i)] * scale
      }
    }
  }
}
