/// What is done to the scores of the next token before one is chosen, in transformers' order.
package struct LogitRules: Sendable {
  let settings: GenerationSettings
  /// The tokens that end a text.
  let ends: Set<Int>
  /// Tokens in all before it may end.
  let minimumLength: Int

  package init(settings: GenerationSettings, ends: Set<Int>, minimumLength: Int) {
    (self.settings, self.ends, self.minimumLength) = (settings, ends, minimumLength)
  }

  /// - Parameters:
  ///   - scores: logits, or their log probabilities; one for each token of the vocabulary.
  ///   - ids: all tokens so far.
  package func apply(to scores: inout [Float], after ids: [Int]) {
    penalizeRepetition(&scores, ids)
    forbidRepeatedSequences(&scores, ids)
    if ids.count < minimumLength { for end in ends { scores[end] = -.infinity } }
  }

  /// Keskar et al., "CTRL"; the sign is minded, so that a penalty always makes a token less likely.
  private func penalizeRepetition(_ scores: inout [Float], _ ids: [Int]) {
    let penalty = settings.repetitionPenalty
    guard penalty != 1 else { return }
    for id in Set(ids) {
      scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty
    }
  }

  /// Forbids each token that stood behind the last n − 1 tokens before.
  private func forbidRepeatedSequences(_ scores: inout [Float], _ ids: [Int]) {
    let size = settings.noRepeatNGramSize
    guard size > 0, ids.count >= size else { return }
    let prefix = ids.suffix(size - 1)
    for start in 0...ids.count - size
    where ids[start..<start + size - 1].elementsEqual(prefix) {
      scores[ids[start + size - 1]] = -.infinity
    }
  }
}
