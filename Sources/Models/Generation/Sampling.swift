import Foundation

/// Which tokens may be drawn, and how likely each is: transformers' temperature, top-k, top-p and
/// min-p, in this order and with its defaults.
package struct Sampling: Sendable, Equatable {
  /// What scores are divided by: below 1 the likely becomes likelier.
  package var temperature: Float = 1
  /// The likeliest so many; 0 for all.
  package var topK = 50
  /// The fewest of the likeliest whose probabilities sum to at least as much; 1 for all.
  package var topP: Float = 1
  /// Those whose probability is at least this part of the likeliest one's; nil for all.
  package var minP: Float?

  package init() {}

  /// Makes what may not be drawn infinitely unlikely.
  ///
  /// - Parameter scores: logits, one for each token of the vocabulary.
  package func apply(to scores: inout [Float]) {
    if temperature != 1 { for index in scores.indices { scores[index] /= temperature } }
    keepLikeliest(&scores)
    if topP < 1 { keepNucleus(&scores) }
    if let minP {
      let (likelihoods, sum) = Self.likelihoods(scores)
      let least = minP * (1 / sum)
      for index in scores.indices where likelihoods[index] / sum < least {
        scores[index] = -.infinity
      }
    }
  }

  /// Those that are as likely as the last of the k stay too.
  private func keepLikeliest(_ scores: inout [Float]) {
    guard topK > 0, topK < scores.count else { return }
    let least = scores.sorted(by: >)[topK - 1]
    for index in scores.indices where scores[index] < least { scores[index] = -.infinity }
  }

  /// Holtzman et al., "The Curious Case of Neural Text Degeneration".
  private func keepNucleus(_ scores: inout [Float]) {
    let order = scores.indices.filter { scores[$0] > -.infinity }
      .sorted { scores[$0] < scores[$1] }
    let (likelihoods, sum) = Self.likelihoods(scores)
    var cumulative: Float = 0
    for index in order.dropLast() {
      cumulative += likelihoods[index] / sum
      guard cumulative <= 1 - topP else { return }
      scores[index] = -.infinity
    }
  }

  /// Of the likeliest one 1, and the sum of all.
  static func likelihoods(_ scores: [Float]) -> (likelihoods: [Float], sum: Float) {
    let highest = scores.max() ?? 0
    let likelihoods = scores.map { exp($0 - highest) }
    return (likelihoods, Float(likelihoods.reduce(0) { $0 + Double($1) }))
  }
}

/// Numbers that the same seed gives again on every machine: SplitMix64 (Steele, Lea and Flood, "Fast
/// Splittable Pseudorandom Number Generators").
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  /// At least 0 and less than 1, of 53 bits.
  package mutating func nextFraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
