import TesseraRetrieval
import TesseraTestSupport
import Testing

@Suite struct PairedComparisonTests {
  @Test func `few differences are counted out`() {
    // Of the 8 ways to sign 1, 2 and 3, two have a sum as large as all alike.
    let comparison = PairedComparison([1, 2, 3, 0.5], [0, 0, 0, 0.5])
    #expect(comparison.difference == 1.5 && comparison.p == 0.25)
    #expect(comparison.wins == 3 && comparison.losses == 0 && comparison.ties == 1)
    // +1 −1: every way to sign them has a sum as large as 0.
    #expect(PairedComparison([1, 0], [0, 1]).p == 1)
    #expect(PairedComparison([0.1, 0.2], [0.1, 0.2]).p == 1)
  }

  @Test func `the other way round, the difference has the other sign and the same p`() {
    var generator = SplitMix64(seed: 1)
    let first = (0..<40).map { _ in Double.random(in: 0...1, using: &generator) }
    let second = first.map { $0 + Double.random(in: -0.3...0.2, using: &generator) }
    let comparison = PairedComparison(first, second)
    let other = PairedComparison(second, first)
    #expect(abs(comparison.difference + other.difference) < 1e-12)
    #expect(comparison.p == other.p && comparison.wins == other.losses)
  }

  /// 17 equal differences: one in 2¹⁶ signings is as extreme, and draws come near it.
  @Test func `many differences are drawn, the same way each time`() {
    let (first, second) = ([Double](repeating: 1, count: 17), [Double](repeating: 0, count: 17))
    let p = PairedComparison(first, second).p
    #expect(p > 0 && p < 1e-4)
    #expect(PairedComparison(first, second).p == p)
    // A difference of chance alone: 9 to 8 of the same size. P(|sum| ≥ 1) = 1.
    let alike = (0..<17).map { $0 % 2 == 0 ? 1.0 : -1.0 }
    #expect(PairedComparison(alike, second).p == 1)
    // 13 to 4 of the same size: the two-sided sign test gives 6,430 / 131,072 = 0.04904.
    let uneven = (0..<17).map { $0 < 13 ? 1.0 : -1.0 }
    #expect(abs(PairedComparison(uneven, second).p - 0.04904) < 0.003)
  }
}
