import TesseraKernels
import TesseraTensors
import TesseraTestSupport
import Testing

@Suite struct RowScoreTests {
  private static let dimensions = [1, 15, 16, 17, 63, 64, 65, 100, 768]

  @Test(arguments: KernelTable.availableTables, dimensions)
  func `scores of floats`(table: KernelTable, dimension: Int) {
    let test = FloatCase(rows: 7, queries: 6, dimension: dimension)
    let found = test.scores(table)
    for query in 0..<6 {
      for row in 0..<7 {
        let exact = (0..<dimension).reduce(0.0) {
          $0 + Double(test.rows[row * dimension + $1])
            * Double(test.queries[query * dimension + $1])
        }
        #expect(abs(Double(found[query][row]) - exact) <= 1e-5)
      }
    }
  }

  @Test(arguments: KernelTable.availableTables, dimensions)
  func `a pair has the same bits in any company`(table: KernelTable, dimension: Int) {
    let test = FloatCase(rows: 9, queries: 9, dimension: dimension)
    let all = test.scores(table)
    for query in 0..<9 {
      for row in 0..<9 {
        let alone = test.scores(table, rows: row..<row + 1, queries: query..<query + 1)
        #expect(alone == [[all[query][row]]])
      }
    }
    let some: [Int32] = [8, 0, 3, 3, 7]
    for (query, scores) in test.scores(table, indices: some).enumerated() {
      #expect(scores == some.map { all[query][Int($0)] })
    }
  }

  /// Sixteen partial sums on every CPU, and fused multiply-adds on all but the oldest.
  @Test func `scores are the same bits with every instruction set that fuses`() {
    let tables = KernelTable.availableTables.filter { $0.instructionSet != .baseline }
    for dimension in Self.dimensions {
      let test = FloatCase(rows: 5, queries: 5, dimension: dimension)
      let all = tables.map { test.scores($0) }
      for other in all { #expect(other == all[0]) }
    }
  }

  @Test(arguments: KernelTable.availableTables, [1, 7, 63, 64, 65, 130, 1_100])
  func `scores of codes are exact, and their bounds are added`(table: KernelTable, dimension: Int) {
    let (rows, queries) = (6, 5)
    let stride = (dimension + CodeScores.stride - 1) / CodeScores.stride * CodeScores.stride
    var generator = SplitMix64(seed: 5)
    let codes = (0..<rows * dimension).map { _ in Int8.random(in: -128...127, using: &generator) }
    var padded = [Int8](repeating: 0, count: queries * stride)
    for query in 0..<queries {
      for i in 0..<dimension {
        padded[query * stride + i] = Int8.random(in: -127...127, using: &generator)
      }
    }
    // Powers of two, so that nothing is rounded.
    let scales: [Float] = [0.5, 1, 2, 0.25, 4, 1]
    let errors: [Float] = [0, 1, 2, 3, 4, 5]
    let norms: [Float] = [1, 0, 1, 0, 1, 0]
    let factors = (0..<queries).map { query in
      CodeScores.Factors(
        scale: 0.5, sum: padded[query * stride..<(query + 1) * stride].reduce(0) { $0 + Int32($1) },
        error: Float(query), norm: 2)
    }
    for indices in [nil, [5, 0, 2] as [Int32]] {
      let count = indices?.count ?? rows
      var out = [Float](repeating: .nan, count: queries * (count + 1))
      codes.withUnsafeBytes { codes in
        padded.withUnsafeBytes { padded in
          out.withUnsafeMutableBufferPointer { out in
            guard let codes = codes.baseAddress, let padded = padded.baseAddress,
              let out = out.baseAddress
            else { return }
            func score(_ indices: UnsafePointer<Int32>?) {
              table.scoreCodes(
                CodeScores(
                  product: RowScores(
                    rows: codes, indices: indices, count: count, dimension: dimension,
                    queries: padded, queryStride: stride, queryCount: queries, out: out,
                    outStride: count + 1),
                  scales: scales, errors: errors, norms: norms, factors: factors))
            }
            if let indices { score(indices) } else { score(nil) }
          }
        }
      }
      for query in 0..<queries {
        for i in 0..<count {
          let row = indices.map { Int($0[i]) } ?? i
          let sum = (0..<dimension).reduce(0) {
            $0 + Int(codes[row * dimension + $1]) * Int(padded[query * stride + $1])
          }
          let expected =
            0.5 * scales[row] * Float(sum) + errors[row] * Float(query) + 2 * norms[row]
          #expect(out[query * (count + 1) + i] == expected, "row \(row), query \(query)")
        }
        #expect(out[query * (count + 1) + count].isNaN, "nothing is written behind the rows")
      }
    }
  }

  @Test(arguments: KernelTable.availableTables, [0, 1, 15, 16, 17, 100])
  func `what is not below a limit is selected`(table: KernelTable, count: Int) {
    let values: [Float] = [0.5, 1, .nan, -.infinity, .infinity, 0.25, 0.75]
    let x = (0..<count).map { values[$0 % values.count] } + [9]
    var out = [Int32](repeating: -1, count: count + 1)
    for limit: Float in [0.75, -.infinity, .infinity] {
      let found = table.select(x, count, limit, &out)
      #expect(
        out[..<found].map(Int.init) == (0..<count).filter { !(x[$0] < limit) }, "limit \(limit)")
    }
  }
}

private struct FloatCase {
  let rows, queries: [Float]
  let rowCount, queryCount, dimension: Int

  init(rows: Int, queries: Int, dimension: Int) {
    self.rows = Tensor.random([rows, dimension], seed: 1).elements
    self.queries = Tensor.random([queries, dimension], seed: 2).elements
    (rowCount, queryCount, self.dimension) = (rows, queries, dimension)
  }

  /// [queries][rows], after checking that nothing behind them was touched.
  func scores(
    _ table: KernelTable, rows: Range<Int>? = nil, queries: Range<Int>? = nil,
    indices: [Int32]? = nil
  ) -> [[Float]] {
    let (chosen, asked) = (rows ?? 0..<rowCount, queries ?? 0..<queryCount)
    let count = indices?.count ?? chosen.count
    var out = [Float](repeating: .nan, count: asked.count * (count + 1))
    self.rows.withUnsafeBufferPointer { rows in
      self.queries.withUnsafeBufferPointer { queries in
        out.withUnsafeMutableBufferPointer { out in
          guard let rows = rows.baseAddress, let queries = queries.baseAddress,
            let out = out.baseAddress
          else { return }
          func score(_ indices: UnsafePointer<Int32>?) {
            table.scoreRows(
              RowScores(
                rows: rows + chosen.lowerBound * dimension, indices: indices, count: count,
                dimension: dimension, queries: queries + asked.lowerBound * dimension,
                queryStride: 4 * dimension, queryCount: asked.count, out: out,
                outStride: count + 1))
          }
          if let indices { score(indices) } else { score(nil) }
        }
      }
    }
    return (0..<asked.count).map { query in
      #expect(out[query * (count + 1) + count].isNaN)
      return Array(out[query * (count + 1)..<query * (count + 1) + count])
    }
  }
}
