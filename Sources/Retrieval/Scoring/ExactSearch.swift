import TesseraKernels
import TesseraTensors

/// Finds the rows whose inner product with a query is largest, all rows being looked at.
///
/// A score is a float32 sum in one order, so that rows and scores are the same bits for any number
/// of threads, any division into blocks, any company of queries, and either precision.
package struct ExactSearch: Sendable {
  /// What the first pass reads.
  package enum Precision: String, Sendable, CaseIterable {
    /// The vectors.
    case float32
    /// Their codes, a quarter of the bytes. Whatever could still be among the best is scored again
    /// in float32: the answer is the same.
    case int8
  }

  /// What a search found.
  package struct Answer: Sendable {
    /// For each query, the best hits first.
    package let hits: [[Hit]]
    /// How many float32 scores an int8 pass had to compute; 0 in float32.
    package let rescored: Int
  }

  let kernels: KernelTable

  /// - Parameter kernels: of one instruction set.
  package init(kernels: KernelTable = .active) { self.kernels = kernels }

  /// The `k` best rows for each query, or all rows where there are fewer.
  ///
  /// - Parameters:
  ///   - queries: [queries, dimension]
  ///   - blocks: rows are counted through all of them.
  ///   - excluded: rows that are not looked at.
  /// - Throws: `SearchError`.
  package func topK(
    _ queries: Tensor, in blocks: [VectorBlock], k: Int, precision: Precision = .float32,
    excluding excluded: RowSet = RowSet()
  ) throws -> [[Hit]] {
    try search(queries, in: blocks, k: k, precision: precision, excluding: excluded).hits
  }

  /// The same, with what it took.
  package func search(
    _ queries: Tensor, in blocks: [VectorBlock], k: Int, precision: Precision = .float32,
    excluding excluded: RowSet = RowSet()
  ) throws -> Answer {
    precondition(k >= 0, "the best \(k) rows")
    try check(queries, blocks)
    let rows = blocks.reduce(0) { $0 + $1.count }
    guard rows > 0, k > 0 else {
      return Answer(hits: Array(repeating: [], count: queries.rowCount), rescored: 0)
    }
    let scan = RowScan(kernels: kernels, excluded: excluded)
    // Where every eighth row is a hit, a first pass saves nothing.
    if precision == .int8 {
      if let block = blocks.firstIndex(where: { $0.codes == nil && $0.count > 0 }) {
        throw SearchError.noCodes(block: block)
      }
      if k < rows / 8 { return scan.codedPass(queries, blocks, k) }
    }
    let hits = scan.plainPass(queries, blocks, min(k, rows))
    return Answer(hits: hits, rescored: 0)
  }

  /// The scores of one query with every row, in float32: [rows]. Those of excluded rows are NaN.
  ///
  /// - Parameter query: [dimension] or [1, dimension]
  package func scores(
    _ query: Tensor, in blocks: [VectorBlock], excluding excluded: RowSet = RowSet()
  ) throws -> [Float] {
    let query = query.reshaped([1, query.elementCount])
    try check(query, blocks)
    let scan = RowScan(kernels: kernels, excluded: excluded)
    return scan.allScores(query, blocks)
  }

  private func check(_ queries: Tensor, _ blocks: [VectorBlock]) throws {
    precondition(queries.shape.count == 2, "queries of shape \(queries.shape)")
    for block in blocks where block.dimension != queries.rowWidth {
      throw SearchError.dimension(query: queries.rowWidth, vectors: block.dimension)
    }
    let place = queries.withElements { $0.firstIndex { !$0.isFinite } }
    if let place { throw SearchError.notFinite(query: place / queries.rowWidth) }
  }
}
