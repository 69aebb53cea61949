/// Whether two systems differ by more than chance, query by query.
///
/// Fisher's randomisation test, two-sided: if the systems were alike, each query's difference could as
/// well have the other sign. Up to 16 differences that are not 0, all signs are tried; beyond, 100,000
/// draws, the same ones in every run, and the run itself counts as one of them.
package struct PairedComparison: Sendable {
  /// The mean of the first system's values less the second's.
  package let difference: Double
  /// How often chance alone gives a mean difference as large.
  package let p: Double
  /// Queries in which the first system is better, worse, and equal.
  package let wins, losses, ties: Int

  package init(_ first: [Double], _ second: [Double]) {
    precondition(first.count == second.count && !first.isEmpty, "systems of other queries")
    let differences = zip(first, second).map { $0 - $1 }
    let decisive = differences.filter { $0 != 0 }
    wins = decisive.count { $0 > 0 }
    losses = decisive.count - wins
    ties = differences.count - decisive.count
    difference = differences.reduce(0, +) / Double(differences.count)
    p = Self.probability(decisive)
  }

  private static let mostEnumerated = 16
  private static let draws = 100_000
  /// Sums in another order differ in their last bits.
  private static let slack = 1e-12

  private static func probability(_ differences: [Double]) -> Double {
    guard !differences.isEmpty else { return 1 }
    let least = abs(differences.reduce(0, +)) - slack
    if differences.count <= mostEnumerated {
      let all = 1 << differences.count
      let extreme = (0..<all).count { signs in
        abs(sum(differences) { signs >> $0 & 1 == 0 }) >= least
      }
      return Double(extreme) / Double(all)
    }
    var bits = RandomBits()
    let extreme = (0..<draws).count { _ in
      var word: UInt64 = 0
      return abs(
        sum(differences) { i in
          if i % 64 == 0 { word = bits.next() }
          return word >> UInt64(i % 64) & 1 == 0
        }) >= least
    }
    return Double(extreme + 1) / Double(draws + 1)
  }

  private static func sum(_ differences: [Double], _ keepsSign: (Int) -> Bool) -> Double {
    var sum = 0.0
    for (i, difference) in differences.enumerated() {
      sum += keepsSign(i) ? difference : -difference
    }
    return sum
  }

  /// SplitMix64 (Steele, Lea and Flood), from a fixed seed.
  private struct RandomBits {
    private var state: UInt64 = 0

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}

extension Evaluation {
  /// This system beside another, measure by measure; both of the same queries.
  package func compared(with other: Evaluation) -> [PairedComparison] {
    precondition(
      measures == other.measures && queries.map(\.id) == other.queries.map(\.id),
      "evaluations of other queries or measures")
    return measures.indices.map { i in
      PairedComparison(queries.map { $0.values[i] }, other.queries.map { $0.values[i] })
    }
  }
}
