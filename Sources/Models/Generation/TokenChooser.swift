import Foundation
import TesseraTensors

/// Chooses the tokens of one answer: the likeliest each time, or drawn by a seed.
package struct TokenChooser: Sendable {
  private let rules: LogitRules
  /// Nil to take the likeliest.
  private let sampling: Sampling?
  private let forbidden: Set<Int>
  private var random: SeededGenerator

  /// - Parameters:
  ///   - ends: the tokens that end an answer.
  ///   - minimumLength: tokens in all before it may end.
  package init(
    _ settings: GenerationSettings, ends: Set<Int>, minimumLength: Int, seed: UInt64
  ) {
    rules = LogitRules(settings: settings, ends: ends, minimumLength: minimumLength)
    sampling = settings.isSampling ? settings.sampling : nil
    forbidden = settings.forbiddenTokens
    random = SeededGenerator(seed: seed)
  }

  /// - Parameters:
  ///   - logits: of what follows, [1, V].
  ///   - ids: all tokens so far.
  /// - Throws: `GenerationError.notFinite`.
  package mutating func choose(_ logits: Tensor, after ids: [Int]) throws -> Int {
    var scores = logits.elements
    guard scores.allSatisfy(\.isFinite) else { throw GenerationError.notFinite }
    rules.apply(to: &scores, after: ids)
    for id in forbidden where id < scores.count { scores[id] = -.infinity }
    guard let sampling else { return scores.firstIndex(of: scores.max() ?? 0) ?? 0 }
    sampling.apply(to: &scores)
    return draw(scores)
  }

  /// The first token at which the probabilities, summed in the vocabulary's order, exceed a number
  /// drawn between 0 and 1.
  private mutating func draw(_ scores: [Float]) -> Int {
    let likelihoods = Sampling.likelihoods(scores).likelihoods
    let sum = likelihoods.reduce(0) { $0 + Double($1) }
    var rest = random.nextFraction() * sum
    for (id, likelihood) in likelihoods.enumerated() where likelihood > 0 {
      rest -= Double(likelihood)
      if rest < 0 { return id }
    }
    // Rounding may leave a little.
    return likelihoods.lastIndex { $0 > 0 } ?? 0
  }
}

/// A token that could follow, as the model has it before any setting.
package struct TokenCandidate: Sendable, Equatable {
  package let id: Int
  package let logit: Float
  /// The softmax of all logits.
  package let probability: Float

  /// The likeliest, best first.
  ///
  /// - Parameter logits: of what follows, [1, V].
  package static func likeliest(_ count: Int, of logits: Tensor) -> [TokenCandidate] {
    let scores = logits.elements
    let (likelihoods, sum) = Sampling.likelihoods(scores)
    // Of a large vocabulary few are wanted: to sort it would take as long as the model.
    var best: [Int] = []
    for (id, score) in scores.enumerated() where count > 0 {
      if best.count == count {
        guard score > scores[best[count - 1]] else { continue }
        best.removeLast()
      }
      best.insert(id, at: best.firstIndex { scores[$0] < score } ?? best.endIndex)
    }
    return best.map {
      TokenCandidate(id: $0, logit: scores[$0], probability: likelihoods[$0] / sum)
    }
  }
}
