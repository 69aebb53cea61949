import TesseraKernels
import TesseraTensors

/// Times searches beside the reading of what they read, in turn.
package struct SearchBenchmark: Sendable {
  package let blocks: [VectorBlock]
  /// [queries, dimension]; batches take them in turn.
  package let queries: Tensor
  package let k: Int
  package let precision: ExactSearch.Precision
  /// Queries that are asked together.
  package let batch: Int

  /// Rows that are not looked at.
  private let excluded: RowSet

  package init(
    _ blocks: [VectorBlock], excluding excluded: RowSet = RowSet(), queries: Tensor, k: Int,
    precision: ExactSearch.Precision, batch: Int
  ) {
    precondition(k > 0 && batch > 0 && queries.rowCount > 0, "nothing to search")
    self.blocks = precision == .int8 ? blocks.map { $0.codes == nil ? $0.coded() : $0 } : blocks
    self.excluded = excluded
    self.queries = queries
    self.k = k
    self.precision = precision
    self.batch = batch
  }

  /// The rows that are looked at.
  package var rowCount: Int { blocks.reduce(0) { $0 + $1.count } - excluded.count }

  /// What came out, times as medians.
  package struct Measurement: Sendable {
    /// Of one query.
    package let milliseconds: Double
    /// For reading all vectors once.
    package let readingMilliseconds: Double
    /// The speed of that, in 10⁹ bytes a second.
    package let gigabytesPerSecond: Double
    /// Of the best k of a plain loop in double precision, how many are found.
    package let recall: Double
    /// Float32 scores for one query that an int8 pass computed; 0 in float32.
    package let rescored: Double
  }

  /// Runs each in turn, once to warm up, then so many times and seconds at least.
  package func measure(repetitions: Int, seconds: Double) throws -> Measurement {
    let search = ExactSearch()
    let clock = ContinuousClock()
    var (searching, reading): ([Double], [Double]) = ([], [])
    var (next, rescored, total) = (0, 0, 0.0)
    while searching.count <= repetitions || total < seconds {
      let batch = queries.rows(at: (0..<batch).map { (next + $0) % queries.rowCount })
      next += self.batch
      let read = clock.measure { readVectors() } / .seconds(1)
      var answer: ExactSearch.Answer?
      let time =
        try clock.measure {
          answer = try search.search(
            batch, in: blocks, k: k, precision: precision, excluding: excluded)
        } / .seconds(1)
      total += read + time
      reading.append(read)
      searching.append(time)
      rescored += answer?.rescored ?? 0
    }
    let read = Self.median(reading.dropFirst())
    let bytes = blocks.reduce(0) { $0 + 4 * $1.vectors.count }
    return Measurement(
      milliseconds: 1000 * Self.median(searching.dropFirst()) / Double(batch),
      readingMilliseconds: 1000 * read, gigabytesPerSecond: Double(bytes) / read / 1e9,
      recall: try recall(search), rescored: Double(rescored) / Double(next))
  }

  /// Touches every number, with as many threads as search.
  private func readVectors() {
    for block in blocks {
      block.vectors.withNumbers { numbers in
        guard let start = numbers.baseAddress else { return }
        Parallel.forEachRange(numbers.count, minimum: 1 << 16) { range in
          _ = KernelTable.active.maximum(start + range.lowerBound, range.count)
        }
      }
    }
  }

  /// Of the first few queries.
  private func recall(_ search: ExactSearch) throws -> Double {
    let asked = queries.rows(0..<min(4, queries.rowCount))
    let hits = try search.topK(
      asked, in: blocks, k: k, precision: precision, excluding: excluded)
    var (found, expected) = (0, 0)
    for (query, hits) in hits.enumerated() {
      let scores = plainScores(asked.row(query).elements)
      let best = scores.indices.filter { !excluded.contains($0) }
        .sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(k)
      // Of equal scores, any will do.
      let least = best.last.map { scores[$0] } ?? 0
      found += hits.count { scores[$0.row] >= least - Self.sameScore * abs(least) }
      expected += best.count
    }
    return expected == 0 ? 1 : Double(found) / Double(expected)
  }

  /// Two scores that float32 cannot tell apart.
  private static let sameScore = 1e-6

  private func plainScores(_ query: [Float]) -> [Double] {
    blocks.flatMap { block in
      block.vectors.withNumbers { numbers in
        Parallel.map(block.count) { row in
          zip(query, numbers[(row * block.dimension)...]).reduce(0) {
            $0 + Double($1.0) * Double($1.1)
          }
        }
      }
    }
  }

  private static func median(_ times: some Sequence<Double>) -> Double {
    let times = times.sorted()
    guard let last = times.last else { return 0 }
    let middle = times.count / 2
    return times.count.isMultiple(of: 2)
      ? (times[middle - 1] + times[middle]) / 2
      : middle < times.count ? times[middle] : last
  }
}

extension DiskStore {
  /// What a search of the store passes over, and what of it is dead.
  package func searched() throws -> (blocks: [VectorBlock], dead: RowSet) {
    try requireDense()
    return (try blocks(), dead)
  }
}

extension VectorBlock {
  /// Directions without structure, the same ones in every run.
  package static func madeUp(rows: Int, dimension: Int, seed: UInt64) -> VectorBlock {
    VectorBlock(
      StoredNumbers(count: rows * dimension) { numbers in
        Parallel.forEach(rows) { row in
          var state = seed &+ UInt64(row) &* 0x9E37_79B9_7F4A_7C15
          let vector = UnsafeMutableBufferPointer(
            rebasing: numbers[row * dimension..<(row + 1) * dimension])
          var length: Float = 0
          for i in vector.indices {
            // Knuth's multiplier; the upper bits are the good ones.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let x = Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
            vector[i] = x
            length += x * x
          }
          let factor = length > 0 ? 1 / length.squareRoot() : 0
          for i in vector.indices { vector[i] *= factor }
        }
      }, dimension: dimension)
  }
}
