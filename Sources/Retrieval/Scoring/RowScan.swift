import TesseraKernels
import TesseraTensors

/// Passes over rows, piece by piece, block by block within a piece.
struct RowScan {
  let kernels: KernelTable
  let excluded: RowSet

  /// Rows of one block that one thread works on.
  struct Piece {
    let block: Int
    /// The number of the block's first row, counted through all blocks.
    let start: Int
    /// Within the block.
    let rows: Range<Int>
  }

  /// A few rows, and where their scores go: [queries, count].
  struct Part {
    /// Within the block; of `indices`, the row that they are counted from.
    let first: Int
    /// Which rows, where some are left out.
    let indices: UnsafePointer<Int32>?
    let count: Int
    let queries: Range<Int>
    let out: UnsafeMutablePointer<Float>
    let outStride: Int

    /// The row, within the block, of the i-th score.
    func row(_ i: Int32) -> Int { first + Int(indices.map { $0[Int(i)] } ?? i) }
  }

  /// Several pieces a thread, so that none waits long for another.
  func pieces(_ blocks: [VectorBlock]) -> [Piece] {
    let rows = blocks.reduce(0) { $0 + $1.count }
    let threads = Parallel.threadCount
    let most = threads == 1 ? rows : max(Self.leastRows, (rows + 4 * threads - 1) / (4 * threads))
    var pieces: [Piece] = []
    var start = 0
    for (block, count) in blocks.map(\.count).enumerated() {
      for first in stride(from: 0, to: count, by: max(1, most)) {
        pieces.append(
          Piece(block: block, start: start, rows: first..<min(count, first + most)))
      }
      start += count
    }
    return pieces
  }

  /// A piece of fewer would be over before another thread is awake.
  private static let leastRows = 1024

  /// Calls `score` for parts of a piece's rows and of the queries, and `visit` once each is scored.
  ///
  /// Rows that are left out are not scored.
  func forEachPart(
    of piece: Piece, queries: Int, rowBytes: Int,
    score: (Part) -> Void, visit: (Part) -> Void
  ) {
    // Rows that stay in the second cache while they meet all queries, groups of which stay there too.
    let partRows = min(512, max(16, (192 << 10) / rowBytes / 16 * 16))
    let partQueries = 32
    let floats = partRows * partQueries
    withUnsafeTemporaryAllocation(of: Float.self, capacity: floats) { out in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: partRows) { indices in
        guard let out = out.baseAddress, let indices = indices.baseAddress else { return }
        var first = piece.rows.lowerBound
        while first < piece.rows.upperBound {
          let end = min(first + partRows, piece.rows.upperBound)
          var count = end - first
          if !excluded.words.isEmpty {
            count = excluded.writeOthers(
              piece.start + first..<piece.start + end, from: piece.start + first, indices)
          }
          let isWhole = count == end - first
          for query in stride(from: 0, to: count == 0 ? 0 : queries, by: partQueries) {
            let part = Part(
              first: first, indices: isWhole ? nil : UnsafePointer(indices), count: count,
              queries: query..<min(query + partQueries, queries), out: out, outStride: partRows)
            score(part)
            visit(part)
          }
          first = end
        }
      }
    }
  }

  /// Calls `body` with the place and score of each row of a part that is not below a limit.
  func forEachNotBelow(
    _ limit: Float, _ part: Part, query: Int, _ body: (_ place: Int32, _ score: Float) -> Void
  ) {
    let scores = part.out + (query - part.queries.lowerBound) * part.outStride
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: part.count) { places in
      guard let places = places.baseAddress else { return }
      for i in 0..<kernels.select(scores, part.count, limit, places) {
        body(places[i], scores[Int(places[i])])
      }
    }
  }
}
