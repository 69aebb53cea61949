import TesseraKernels

/// The late-interaction score of one query with token vectors of rows: for each of its tokens the best
/// inner product among a row's tokens, averaged. Khattab and Zaharia, "ColBERT".
struct TokenScorer: Sendable {
  private let tokens: [Float]
  private let width: Int
  private let count: Int

  /// - Precondition: there is a token.
  init(_ tokens: [[Float]]) {
    self.tokens = Array(tokens.joined())
    width = tokens[0].count
    count = tokens.count
  }

  /// Scores are computed for so many tokens of a row at a time.
  private static let part = 256

  /// - Parameter row: [tokens, width]
  func score(_ row: UnsafeBufferPointer<Float>) -> Float {
    var best = [Float](repeating: -.infinity, count: count)
    var scores = [Float](repeating: 0, count: count * Self.part)
    tokens.withUnsafeBufferPointer { tokens in
      scores.withUnsafeMutableBufferPointer { scores in
        guard let query = tokens.baseAddress, let numbers = row.baseAddress,
          let out = scores.baseAddress
        else { return }
        for first in stride(from: 0, to: row.count / width, by: Self.part) {
          let rows = min(Self.part, row.count / width - first)
          KernelTable.active.scoreRows(
            RowScores(
              rows: numbers + first * width, indices: nil, count: rows, dimension: width,
              queries: query, queryStride: 4 * width, queryCount: count, out: out,
              outStride: Self.part))
          for token in 0..<count {
            for i in 0..<rows { best[token] = max(best[token], out[token * Self.part + i]) }
          }
        }
      }
    }
    guard !row.isEmpty else { return 0 }
    return Float(best.reduce(0.0) { $0 + Double($1) } / Double(count))
  }
}
