import Foundation
import TesseraRetrieval
import TesseraTensors
import TesseraTestSupport

/// Made-up vectors and queries, each a trial of its own for the proof of an int8 pass.
struct VectorSet: Sendable, CustomStringConvertible {
  let description: String
  private let matrix: Tensor
  let vectors: VectorBlock
  let queries: Tensor

  static let all = [
    random, clustered, almostEqual, rising, outliers, extremes, notFinite, coarse, short,
    alignedRows, alignedQuery, alignedRoundings,
  ]

  init(_ name: String, rows: [[Float]], queries: [[Float]]) {
    description = name
    matrix = Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    vectors = VectorBlock(matrix)
    self.queries = Tensor(queries.flatMap { $0 }, shape: [queries.count, queries[0].count])
  }

  /// The vectors in several blocks with codes, of which one is empty.
  func blocks(of count: Int) -> [VectorBlock] {
    stride(from: 0, to: vectors.count, by: count).map {
      VectorBlock(matrix.rows($0..<min($0 + count, vectors.count))).coded()
    } + [VectorBlock(Tensor(zeros: [0, vectors.dimension])).coded()]
  }

  // MARK: Sets

  /// Directions without structure, the worst case for codes.
  static let random: VectorSet = {
    var source = Source(seed: 1)
    return VectorSet(
      "random", rows: (0..<2000).map { _ in source.unit(96) },
      queries: (0..<9).map { _ in source.unit(96) })
  }()

  /// Many neighbours of each query, whose scores differ by little.
  static let clustered: VectorSet = {
    var source = Source(seed: 2)
    let centres = (0..<20).map { _ in source.unit(70) }
    func near(_ i: Int) -> [Float] {
      normalised(zip(centres[i % 20], source.unit(70)).map { $0 + 0.05 * $1 })
    }
    return VectorSet(
      "clustered", rows: (0..<2000).map { near($0) }, queries: (0..<9).map { near($0) })
  }()

  /// Scores that differ in the last bits of float32 only, far below what codes tell apart.
  static let almostEqual: VectorSet = {
    var source = Source(seed: 3)
    let one = source.unit(64)
    return VectorSet(
      "almost equal",
      rows: (0..<2000).map { i in
        var row = one
        row[i % 64] += Float(i % 7) * 1e-7
        return row
      }, queries: [one, source.unit(64)])
  }()

  /// Each row is better than all before: every one is a candidate when it comes.
  static let rising: VectorSet = {
    var source = Source(seed: 4)
    let query = source.unit(50)
    return VectorSet(
      "rising",
      rows: (0..<6000).map { i in
        zip(query, source.unit(50)).map { $0 * Float(i) / 6000 + $1 * 0.001 }
      }, queries: [query, query.map { -$0 }])
  }()

  /// One large number makes all others of its row coarse; the queries lie where it does not show.
  static let outliers: VectorSet = {
    var source = Source(seed: 5)
    return VectorSet(
      "outliers",
      rows: (0..<2000).map { i in
        var row = source.unit(80)
        row[0] = i % 3 == 0 ? 1000 : 0
        return row
      },
      queries: (0..<5).map { _ in
        var query = source.unit(80)
        query[0] = 0
        return query
      })
  }()

  /// Lengths from 0 to beyond what a product in float32 can hold.
  static let extremes: VectorSet = {
    var source = Source(seed: 6)
    let sizes: [Float] = [0, .leastNonzeroMagnitude, 1e-38, 1e-20, 1, 1e10, 1e20, 1e37]
    return VectorSet(
      "extremes",
      rows: (0..<2000).map { i in source.unit(31).map { $0 * sizes[i % sizes.count] } },
      queries: sizes.map { size in source.unit(31).map { $0 * size } })
  }()

  /// Rows that hold what is no number: scored all the same, and by both precisions alike.
  static let notFinite: VectorSet = {
    var source = Source(seed: 7)
    return VectorSet(
      "not finite",
      rows: (0..<2000).map { i in
        var row = source.unit(40)
        if i % 5 == 0 { row[i % 40] = [.nan, .infinity, -.infinity][i % 3] }
        return row
      }, queries: (0..<5).map { _ in source.unit(40) })
  }()

  /// Small whole numbers: most scores have equals.
  static let coarse: VectorSet = {
    var source = Source(seed: 8)
    func whole() -> [Float] { source.unit(24).map { ($0 * 6).rounded() } }
    return VectorSet(
      "coarse", rows: (0..<2000).map { _ in whole() }, queries: (0..<5).map { _ in whole() })
  }()

  static let short: VectorSet = {
    var source = Source(seed: 9)
    return VectorSet(
      "one number", rows: (0..<2000).map { _ in source.unit(3).prefix(1).map { $0 } },
      queries: [[1], [-0.5], [0]])
  }()

  private static func normalised(_ x: [Float]) -> [Float] {
    let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return x.map { $0 / length }
  }

  private struct Source {
    var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    /// A direction, all alike (Box and Muller).
    mutating func unit(_ dimension: Int) -> [Float] {
      normalised(
        (0..<dimension).map { _ in
          let radius = (-2 * log(Double.random(in: 1e-12..<1, using: &generator))).squareRoot()
          return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator)))
        })
    }
  }
}
