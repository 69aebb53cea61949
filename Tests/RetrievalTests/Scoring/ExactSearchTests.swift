import TesseraKernels
import TesseraRetrieval
import TesseraTensors
import TesseraTestSupport
import Testing

/// Of one process, whose number of threads is one.
@Suite(.serialized) struct ExactSearchTests {
  static let sets = VectorSet.all

  @Test(arguments: sets, ExactSearch.Precision.allCases)
  func `rows and scores are those of the plain loop`(
    set: VectorSet, precision: ExactSearch.Precision
  ) throws {
    let block = set.vectors.coded()
    for k in [1, 10, 37] {
      let hits = try ExactSearch().topK(set.queries, in: [block], k: k, precision: precision)
      #expect(hits == naive(set.queries, set.vectors, k), "k = \(k)")
    }
  }

  @Test(arguments: sets, ExactSearch.Precision.allCases)
  func `neither threads nor blocks nor company change a bit`(
    set: VectorSet, precision: ExactSearch.Precision
  ) throws {
    let before = Parallel.threadCount
    defer { Parallel.threadCount = before }
    Parallel.threadCount = 1
    let search = ExactSearch()
    let block = set.vectors.coded()
    let expected = try search.topK(set.queries, in: [block], k: 10, precision: .float32)
    for threads in [1, 2, 5] {
      Parallel.threadCount = threads
      for blocks in [[block], set.blocks(of: 700), set.blocks(of: 129)] {
        let all = try search.topK(set.queries, in: blocks, k: 10, precision: precision)
        #expect(all == expected, "\(threads) threads, \(blocks.count) blocks")
      }
    }
    for query in 0..<set.queries.rowCount {
      let alone = try search.topK(
        set.queries.rows(query..<query + 1), in: [block], k: 10, precision: precision)
      #expect(alone == [expected[query]], "query \(query) alone")
    }
  }

  @Test(arguments: KernelTable.availableTables, sets)
  func `every instruction set proves its answer`(table: KernelTable, set: VectorSet) throws {
    let search = ExactSearch(kernels: table)
    let block = set.vectors.coded()
    let plain = try search.topK(set.queries, in: [block], k: 10, precision: .float32)
    #expect(try search.topK(set.queries, in: [block], k: 10, precision: .int8) == plain)
  }

  @Test func `few rows are scored again`() throws {
    let set = VectorSet.random
    let answer = try ExactSearch().search(
      set.queries, in: [set.vectors.coded()], k: 10, precision: .int8)
    #expect(answer.rescored >= 10 * set.queries.rowCount)
    #expect(answer.rescored < 100 * set.queries.rowCount)
  }

  @Test(arguments: ExactSearch.Precision.allCases)
  func `rows that are left out are not found`(precision: ExactSearch.Precision) throws {
    let set = VectorSet.clustered
    for left in [
      RowSet([]), RowSet([0, 63, 64, 1999]), RowSet((0..<2000).filter { $0 % 97 != 5 }),
      RowSet(0..<2000), RowSet(128..<1024),
    ] {
      for blocks in [[set.vectors.coded()], set.blocks(of: 333)] {
        let hits = try ExactSearch().topK(
          set.queries, in: blocks, k: 10, precision: precision, excluding: left)
        #expect(hits == naive(set.queries, set.vectors, 10, excluding: left))
      }
    }
  }

  @Test(arguments: ExactSearch.Precision.allCases)
  func `ties go to the lower row`(precision: ExactSearch.Precision) throws {
    let row = Tensor.random([1, 33], seed: 3)
    let vectors = VectorBlock(Tensor.concatenating(Array(repeating: row, count: 500)))
    let hits = try ExactSearch().topK(row, in: [vectors.coded()], k: 7, precision: precision)
    #expect(hits[0].map(\.row) == Array(0..<7))
  }

  @Test(arguments: [0, 1, 3, 5], ExactSearch.Precision.allCases)
  func `few rows, or none`(rows: Int, precision: ExactSearch.Precision) throws {
    let vectors = VectorBlock(Tensor.random([rows, 20], seed: 4))
    let queries = Tensor.random([3, 20], seed: 5)
    for k in [0, 1, 2, 100] {
      let hits = try ExactSearch().topK(
        queries, in: [vectors.coded()], k: k, precision: precision)
      #expect(hits == naive(queries, vectors, k), "k = \(k)")
    }
    #expect(try ExactSearch().topK(queries, in: [], k: 5) == [[], [], []])
    #expect(try ExactSearch().topK(queries.rows(0..<0), in: [vectors], k: 5) == [])
  }

  @Test func `all scores of a query`() throws {
    let set = VectorSet.random
    let query = set.queries.row(1)
    let scores = try ExactSearch().scores(query, in: set.blocks(of: 300), excluding: RowSet([7]))
    let hits = naive(set.queries, set.vectors, 2000)[1]
    #expect(scores.count == 2000 && scores[7].isNaN)
    for hit in hits where hit.row != 7 { #expect(scores[hit.row] == hit.score) }
  }

  @Test func `queries that cannot be answered are refused`() {
    let vectors = VectorBlock(Tensor.random([100, 20], seed: 4))
    #expect(throws: SearchError.dimension(query: 19, vectors: 20)) {
      try ExactSearch().topK(Tensor(zeros: [1, 19]), in: [vectors], k: 1)
    }
    for poison in [Float.nan, .infinity, -.infinity] {
      var numbers = [Float](repeating: 1, count: 40)
      numbers[25] = poison
      #expect(throws: SearchError.notFinite(query: 1)) {
        try ExactSearch().topK(Tensor(numbers, shape: [2, 20]), in: [vectors], k: 1)
      }
    }
    #expect(throws: SearchError.noCodes(block: 0)) {
      try ExactSearch().topK(Tensor(zeros: [1, 20]), in: [vectors], k: 1, precision: .int8)
    }
  }
}

/// Scores from the kernel one pair at a time, everything else as a textbook would.
private func naive(
  _ queries: Tensor, _ vectors: VectorBlock, _ k: Int, excluding left: RowSet = RowSet()
) -> [[Hit]] {
  let (dimension, query) = (queries.rowWidth, queries.elements)
  return (0..<queries.rowCount).map { q in
    let hits = (0..<vectors.count).filter { !left.contains($0) }.map { row -> Hit in
      var score: Float = 0
      vectors.vectors.withNumbers { vectors in
        query.withUnsafeBufferPointer { query in
          guard let vectors = vectors.baseAddress, let query = query.baseAddress else { return }
          KernelTable.active.scoreRows(
            RowScores(
              rows: vectors + row * dimension, indices: nil, count: 1, dimension: dimension,
              queries: query + q * dimension, queryStride: 0, queryCount: 1, out: &score,
              outStride: 1))
        }
      }
      return Hit(row: row, score: score)
    }
    let sorted = hits.filter { !$0.score.isNaN }.sorted {
      $0.score > $1.score || $0.score == $1.score && $0.row < $1.row
    }
    return Array(sorted.prefix(k))
  }
}
