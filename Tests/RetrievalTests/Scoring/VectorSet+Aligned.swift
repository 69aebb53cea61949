import TesseraTestSupport

/// Sets that a bound passes by a hair: what bytes round off points where it counts, so that each part of
/// the bound, made three per cent less, loses the best rows.
extension VectorSet {
  private static let width = 96
  private static let step: Float = 1 / 127

  /// Every third row is better than the rest by what its bytes leave out, all of it along the query.
  static let alignedRows = VectorSet(
    "aligned rows",
    rows: (0..<150).map { i in
      var row = [Float](repeating: i % 3 == 0 ? 0.45 * step : 0, count: width)
      // The largest number sets the step; what is no best row has bytes that leave nothing out.
      row[0] = 1
      if i % 3 != 0 { for place in 0..<42 { row[1 + (i + 2 * place) % 95] = step } }
      return row
    }, queries: [[Float](repeating: 1, count: width)])

  /// What the query's bytes leave out points along every third row, and away from all others.
  static let alignedQuery: VectorSet = {
    var query = [Float](repeating: 0.45 * step, count: width)
    (query[0], query[1]) = (1, -1)
    for place in 0..<42 { query[2 + place] -= step }
    return VectorSet(
      "aligned query",
      rows: (0..<150).map { [Float](repeating: $0 % 3 == 0 ? 1 : -1, count: width) },
      queries: [query])
  }()

  /// Bytes that leave nothing out, and equal sums of their products: scores differ by what float32 rounds
  /// alone, as pairs of the query's numbers that are equal take a row's in either order.
  static let alignedRoundings: VectorSet = {
    var generator = SplitMix64(seed: 10)
    // Of 12 bits, so that a byte's multiples are exact.
    let step: Float = 4093.0 / 4096
    func byte() -> Float { Float(Int.random(in: -126...126, using: &generator)) }
    let halves: [Float] = [127] + (1..<48).map { _ in byte() }
    let query = halves.flatMap { [$0 * step, $0 * step] }
    let pairs: [[Float]] = [[127, byte()]] + (1..<48).map { _ in [byte(), byte()] }
    let rows = (0..<2000).map { _ -> [Float] in
      pairs.flatMap { pair in
        (Bool.random(using: &generator) ? pair : pair.reversed()).map { $0 * step }
      }
    }
    return VectorSet("aligned roundings", rows: rows, queries: [query])
  }()
}
