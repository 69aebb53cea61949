import TesseraKernels

/// Keys and values of tokens that were read, a row each, for those that follow: a decoder's cache of
/// one layer.
///
/// A sequence is a list of rows, so that hypotheses which share their beginning share its rows, and
/// none is ever copied.
package struct KeyValueRows: Sendable {
  package let shape: AttentionShape
  /// A row holds keys, then values: 2·H·D.
  private var rows: [Float] = []

  package init(_ shape: AttentionShape) { self.shape = shape }

  private var width: Int { 2 * shape.channels }

  /// Puts the keys and values of some tokens into rows.
  ///
  /// - Parameters:
  ///   - qkv: queries, keys and values side by side, [T, 3·H·D].
  ///   - places: the row of each token; what it held is replaced.
  package mutating func store(_ qkv: Tensor, at places: [Int]) {
    precondition(
      qkv.shape == [places.count, 3 * shape.channels], "\(qkv.shape) for \(places.count) rows")
    let needed = ((places.max() ?? -1) + 1) * width
    if needed > rows.count {
      rows.append(contentsOf: repeatElement(0, count: max(needed, 2 * rows.count) - rows.count))
    }
    qkv.withElements { x in
      for (token, place) in places.enumerated() {
        let start = (3 * token + 1) * shape.channels
        rows.replaceSubrange(place * width..<(place + 1) * width, with: x[start..<start + width])
      }
    }
  }

  fileprivate func withRows(_ body: (UnsafePointer<Float>) -> Void) {
    rows.withUnsafeBufferPointer { if let start = $0.baseAddress { body(start) } }
  }
}

extension Tensor {
  /// softmax(q·kᵀ·scale)·v in each head, every query over rows of its own: queries, keys and values
  /// side by side, [T, 3·H·D], of which the queries are read → [T, H·D].
  ///
  /// A row's bits depend on its own query and rows alone.
  ///
  /// - Parameter seen: for each token, the rows that it sees, in the order of their tokens.
  package func attention(over cache: KeyValueRows, seeing seen: [[Int]]) -> Tensor {
    let shape = cache.shape
    precondition(
      self.shape == [seen.count, 3 * shape.channels] && seen.allSatisfy { !$0.isEmpty },
      "queries \(self.shape) for \(seen.count) lists of rows")
    let longest = seen.reduce(0) { max($0, $1.count) }
    return Tensor(shape: [seen.count, shape.channels]) { out in
      withElements { qkv in
        cache.withRows { rows in
          guard let qkv = qkv.baseAddress, let out = out.baseAddress else { return }
          Parallel.forEach(seen.count * shape.heads) { task in
            let (token, head) = (task / shape.heads, task % shape.heads)
            let column = head * shape.headWidth
            Scratch.with(floats: longest) { scores in
              shape.attend(
                qkv + 3 * token * shape.channels + column, rows + column, seen[token],
                scores: scores, into: out + token * shape.channels + column)
            }
          }
        }
      }
    }
  }
}

extension AttentionShape {
  /// One query of one head.
  fileprivate func attend(
    _ q: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, _ seen: [Int],
    scores: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    let table = KernelTable.active
    for (i, row) in seen.enumerated() {
      scores[i] = scale * dot(q, rows + 2 * row * channels)
    }
    let sum = table.exponentiate(scores, seen.count, table.maximum(scores, seen.count), 1)
    for i in 0..<headWidth { out[i] = 0 }
    for (i, row) in seen.enumerated() {
      let value = rows + (2 * row + 1) * channels
      for channel in 0..<headWidth { out[channel] += scores[i] * value[channel] }
    }
    for i in 0..<headWidth { out[i] /= sum }
  }

  /// Eight partial sums, which take the numbers in turn.
  private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
    var sums = SIMD8<Float>.zero
    let whole = headWidth / 8 * 8
    for i in stride(from: 0, to: whole, by: 8) {
      let x = UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Float>.self)
      sums += x * UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Float>.self)
    }
    var sum = sums.sum()
    for i in whole..<headWidth { sum += a[i] * b[i] }
    return sum
  }
}
