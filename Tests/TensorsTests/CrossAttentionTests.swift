import Foundation
import TesseraTensors
import TesseraTestSupport
import Testing

/// Attention of some tokens over others, beside its definition.
@Suite struct CrossAttentionTests {
  private let queries = PackedSequences(lengths: [3, 1, 140])
  private let keys = PackedSequences(lengths: [17, 600, 1])

  private func shape(_ precision: Arithmetic = .float32, width: Int = 16) -> AttentionShape {
    AttentionShape(heads: 3, headWidth: width, scale: 0.3, precision: precision)
  }

  private func tensors(_ shape: AttentionShape) -> (q: Tensor, kv: Tensor) {
    (
      .random([queries.tokenCount, shape.channels], seed: 1),
      .random([keys.tokenCount, 2 * shape.channels], seed: 2)
    )
  }

  @Test(arguments: ProductCode.allCases, [5, 16, 64])
  func `each query reads all keys of its counterpart`(code: ProductCode, width: Int) {
    guard code.isAvailable else { return }
    let shape = shape(width: width)
    let (q, kv) = tensors(shape)
    let context = q.attention(
      over: [KeysAndValues(kv, shape, in: keys, by: code)], in: queries)
    expectNear(context, naiveCrossAttention(q, kv, shape, queries, keys))
  }

  @Test(arguments: Arithmetic.allCases)
  func `a query gets the same bits alone, again, and in a batch`(precision: Arithmetic) {
    let shape = shape(precision, width: 64)
    let (q, kv) = tensors(shape)
    let memory = [KeysAndValues(kv, shape, in: keys)]
    let together = q.attention(over: memory, in: queries)
    #expect(q.attention(over: memory, in: queries).elements == together.elements)
    for (rows, tokens) in zip(queries.ranges, keys.ranges) {
      let own = KeysAndValues(
        kv.rows(tokens), shape, in: PackedSequences(lengths: [tokens.count]))
      for row in [rows.lowerBound, rows.upperBound - 1] {
        let alone = q.rows(row..<row + 1).attention(over: [own], in: PackedSequences(lengths: [1]))
        #expect(
          disagreement(alone.elements, together.row(row).elements, .batch) == nil,
          "row \(row) of \(precision)")
      }
    }
    expectNear(
      together, naiveCrossAttention(q, kv, shape, queries, keys),
      precision == .float32 ? .operation : Tolerance(absolute: 0.03, relative: 0.03))
  }

  @Test func `weights for study sum to one, and others take their place`() {
    let shape = shape()
    let (q, kv) = tensors(shape)
    let (rows, tokens) = (queries.ranges[0], keys.ranges[0])
    let (own, read) = (q.rows(rows), kv.rows(tokens))
    let weights = own.crossAttentionProbabilities(shape, over: read)
    expectNear(weights, naiveCrossProbabilities(own, read, shape))
    let context = own.attention(
      over: [KeysAndValues(read, shape, in: PackedSequences(lengths: [17]))],
      in: PackedSequences(lengths: [3]))
    func changed(_ given: Tensor) -> Tensor {
      .crossAttention(shape, by: given, insteadOf: weights, changing: context, over: read)
    }
    #expect(changed(weights).elements == context.elements)
    // Head 1 of query 2 reads key 4 alone.
    var given = weights.elements
    let line = (1 * 3 + 2) * 17
    for key in 0..<17 { given[line + key] = key == 4 ? 1 : 0 }
    var expected = context.elements
    for channel in 16..<32 { expected[2 * 48 + channel] = read.elements[4 * 96 + 48 + channel] }
    #expect(changed(Tensor(given, shape: weights.shape)).elements == expected)
  }
}

/// [H, Tq, Tk], of one sequence.
private func naiveCrossProbabilities(_ q: Tensor, _ kv: Tensor, _ shape: AttentionShape) -> Tensor {
  let (x, y) = (q.elements, kv.elements)
  let out = (0..<shape.heads).flatMap { head -> [Float] in
    let columns = head * shape.headWidth..<(head + 1) * shape.headWidth
    return (0..<q.rowCount).flatMap { query -> [Float] in
      let weights = (0..<kv.rowCount).map { key in
        exp(
          columns.reduce(0.0) {
            $0 + Double(x[query * shape.channels + $1]) * Double(y[key * 2 * shape.channels + $1])
          } * Double(shape.scale))
      }
      let sum = weights.reduce(0, +)
      return weights.map { Float($0 / sum) }
    }
  }
  return Tensor(out, shape: [shape.heads, q.rowCount, kv.rowCount])
}

private func naiveCrossAttention(
  _ q: Tensor, _ kv: Tensor, _ shape: AttentionShape, _ queries: PackedSequences,
  _ keys: PackedSequences
) -> Tensor {
  .concatenating(
    zip(queries.ranges, keys.ranges).map { rows, tokens in
      let (own, read) = (q.rows(rows), kv.rows(tokens))
      let weights = naiveCrossProbabilities(own, read, shape).elements
      let values = read.elements
      return Tensor(
        (0..<rows.count).flatMap { query in
          (0..<shape.channels).map { channel in
            let line = (channel / shape.headWidth * rows.count + query) * tokens.count
            return Float(
              (0..<tokens.count).reduce(0.0) {
                $0 + Double(weights[line + $1])
                  * Double(values[(2 * $1 + 1) * shape.channels + channel])
              })
          }
        }, shape: [rows.count, shape.channels])
    })
}
