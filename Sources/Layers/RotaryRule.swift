import Foundation
import Synchronization
import TesseraTensors

/// How fast a model's heads turn, which may depend on how long a text is.
package enum RotaryRule: Sendable, Equatable {
  case fixed(RotaryFrequencies)
  case dynamic(DynamicNTK)
  /// Those of short texts, and of texts longer than so many tokens.
  case longRoPE(short: RotaryFrequencies, long: RotaryFrequencies, trainedTokens: Int)

  /// A larger base for each text that is longer than those of training; others stay.
  package struct DynamicNTK: Sendable, Equatable {
    let base: Float
    let headWidth: Int
    let factor: Double
    let trainedTokens: Int

    /// - Precondition: heads of more than one pair.
    package init(base: Float, headWidth: Int, factor: Double, trainedTokens: Int) {
      precondition(headWidth > 2, "heads of \(headWidth) channels")
      (self.base, self.headWidth) = (base, headWidth)
      (self.factor, self.trainedTokens) = (factor, trainedTokens)
    }
  }

  /// Those of a text of so many tokens.
  package func frequencies(of tokens: Int) -> RotaryFrequencies {
    switch self {
    case .fixed(let frequencies): frequencies
    case .dynamic(let scaling): scaling.frequencies(of: tokens)
    case .longRoPE(let short, let long, let trained): tokens > trained ? long : short
    }
  }

  /// Texts of the same pace turn alike; 0 for short ones.
  func pace(of tokens: Int) -> Int {
    switch self {
    case .fixed: 0
    case .dynamic(let scaling): tokens > scaling.trainedTokens ? tokens : 0
    case .longRoPE(_, _, let trained): tokens > trained ? 1 : 0
    }
  }

  /// Texts of so many tokens, and shorter ones, turn alike; nil where all do.
  package var steadyTokens: Int? {
    switch self {
    case .fixed: nil
    case .dynamic(let scaling): scaling.trainedTokens
    case .longRoPE(_, _, let trained): trained
    }
  }

  /// The sequences of a batch by their pace: those of each group can be read together.
  package func groups(of sequences: PackedSequences) -> [[Int]] {
    let paces = sequences.ranges.map { pace(of: $0.count) }
    return Set(paces).sorted().map { pace in paces.indices.filter { paces[$0] == pace } }
  }
}

extension RotaryRule.DynamicNTK {
  /// b′^(−2k/D), b′ = b·(f·T/L − (f − 1))^(D/(D − 2)) for a text of T tokens beyond L: in the steps, and
  /// with the roundings, of transformers' `_compute_dynamic_ntk_parameters`.
  fileprivate func frequencies(of tokens: Int) -> RotaryFrequencies {
    guard tokens > trainedTokens else { return RotaryFrequencies(base: base, headWidth: headWidth) }
    let ratio = Float(factor) * Float(tokens) / Float(trainedTokens) - Float(factor - 1)
    let power = Float(Double(headWidth) / Double(headWidth - 2))
    return RotaryFrequencies(base: base * pow(ratio, power), headWidth: headWidth)
  }
}

/// Tables of a rule by which texts turn differently: those of short texts, and of the pace that was
/// wanted last, which a model's layers ask for one after another.
final class PacedRotaryTables: Sendable {
  private let rule: RotaryRule
  private let short: GrowingRotaryTables
  private let last = Mutex<(pace: Int, tables: GrowingRotaryTables)?>(nil)

  init(_ rule: RotaryRule) {
    self.rule = rule
    short = GrowingRotaryTables(rule.frequencies(of: 1))
  }

  /// - Precondition: the sequences have the same pace.
  func tables(for sequences: PackedSequences) -> RotaryTables {
    precondition(rule.groups(of: sequences).count == 1, "\(sequences.ranges) turn differently")
    return tables(places: sequences.placeCount)
  }

  func tables(places: Int) -> RotaryTables {
    let pace = rule.pace(of: places)
    guard pace > 0 else { return short.tables(places: places) }
    return last.withLock { last in
      if let last, last.pace == pace { return last.tables.tables(places: places) }
      let tables = GrowingRotaryTables(rule.frequencies(of: places))
      last = (pace, tables)
      return tables.tables(places: places)
    }
  }
}
