import Foundation
import TesseraTensors

/// Several hypotheses at once, of which those with the highest log probability go on.
///
/// The arithmetic, its order and its constants are those of transformers' beam search, so that texts
/// are the same token by token.
struct BeamSearch: TextSearch {
  private struct Hypothesis {
    var ids: [Int]
    var score: Float
    /// The row of scores that its last token came of.
    var row = 0
    var isFinished = false
  }

  private let rules: LogitRules
  private let maximumLength: Int
  private let promptLength: Int
  private var length: Int
  private var hypotheses: [Hypothesis]
  private var finished: [Hypothesis]
  private var mayImprove = true
  private(set) var isDone = false

  /// What takes a hypothesis out of the running.
  private static let penalty: Float = -1e9

  init(_ prompt: [Int], _ rules: LogitRules, maximumLength: Int) {
    let count = rules.settings.beams
    (self.rules, self.maximumLength) = (rules, maximumLength)
    (promptLength, length) = (prompt.count, prompt.count)
    // All begin alike: only the first one's continuations count.
    hypotheses = (0..<count).map {
      Hypothesis(ids: prompt, score: $0 == 0 ? 0 : Self.penalty)
    }
    finished = Array(repeating: Hypothesis(ids: prompt, score: Self.penalty), count: count)
  }

  var running: [(row: Int, token: Int)] { hypotheses.map { ($0.row, $0.ids[length - 1]) } }
  var text: [Int] { finished[0].ids }

  private var settings: GenerationSettings { rules.settings }
  private var isStoppingEarly: Bool { settings.earlyStopping == .whenEnoughAreFinished }

  mutating func advance(_ logits: Tensor) throws {
    let candidates = try continuations(logits.logSoftmax())
    let hits = candidates.map { rules.ends.contains($0.ids[length]) || length + 1 >= maximumLength }
    go(on: candidates, hits)
    finish(candidates, hits)
    length += 1
    mayImprove = mayImprove && canImprove
    let areAllFinished = finished.allSatisfy(\.isFinished)
    isDone = !mayImprove || (areAllFinished && isStoppingEarly) || hits.allSatisfy { $0 }
  }

  /// The best continuations of all hypotheses, best first: twice as many as there are beams, since
  /// each beam may end in one of them.
  private func continuations(_ probabilities: Tensor) throws -> [Hypothesis] {
    var best = Largest(count: 2 * hypotheses.count)
    var rows: [[Float]] = []
    for (index, hypothesis) in hypotheses.enumerated() {
      let row = min(index, probabilities.rowCount - 1)
      // Scores of the prompt are one row for all.
      var scores = index > row ? rows[row] : probabilities.row(row).elements
      if index == row {
        guard scores.allSatisfy(\.isFinite) else { throw GenerationError.notFinite }
        rules.apply(to: &scores, after: hypothesis.ids)
        rows.append(scores)
      }
      for (id, score) in scores.enumerated() {
        best.offer(score + hypothesis.score, (index, id))
      }
    }
    return best.entries.map { score, place in
      Hypothesis(
        ids: hypotheses[place.0].ids + [place.1], score: score,
        row: min(place.0, probabilities.rowCount - 1))
    }
  }

  /// Those that have not come to an end go on.
  private mutating func go(on candidates: [Hypothesis], _ hits: [Bool]) {
    var best = Largest(count: hypotheses.count)
    for (index, candidate) in candidates.enumerated() {
      best.offer(candidate.score + (hits[index] ? 1 : 0) * Self.penalty, (index, 0))
    }
    hypotheses = best.entries.map { score, place in
      var hypothesis = candidates[place.0]
      hypothesis.score = score
      return hypothesis
    }
  }

  /// Those that have are kept, if they are better than what was kept before.
  private mutating func finish(_ candidates: [Hypothesis], _ hits: [Bool]) {
    let divisor = Float(pow(Double(length + 1 - promptLength), settings.lengthPenalty))
    let isFull = finished.allSatisfy(\.isFinished) && isStoppingEarly
    var all = finished
    for (index, candidate) in candidates.enumerated() {
      var candidate = candidate
      candidate.isFinished = hits[index] && index < hypotheses.count
      candidate.score /= divisor
      if isFull { candidate.score += Self.penalty }
      if !mayImprove { candidate.score += Self.penalty }
      if !candidate.isFinished { candidate.score += Self.penalty }
      all.append(candidate)
    }
    var best = Largest(count: finished.count)
    for (index, hypothesis) in all.enumerated() { best.offer(hypothesis.score, (index, 0)) }
    finished = best.entries.map { all[$0.1.0] }
  }

  /// Whether the best that goes on may become better than a finished one.
  private var canImprove: Bool {
    let isLongest = settings.earlyStopping == .whenCertain && settings.lengthPenalty > 0
    let newTokens = (isLongest ? maximumLength : length) - promptLength
    let best = hypotheses[0].score / Float(pow(Double(newTokens), settings.lengthPenalty))
    let worst = finished.map(\.score).min() ?? 0
    return finished.contains { best > ($0.isFinished ? worst : Self.penalty) }
  }
}

/// The largest of many scores, the first ones among equals.
private struct Largest {
  private(set) var entries: [(Float, (Int, Int))] = []
  private let count: Int

  init(count: Int) { self.count = count }

  mutating func offer(_ score: Float, _ place: (Int, Int)) {
    if entries.count == count, let last = entries.last, !(score > last.0) { return }
    let index = entries.firstIndex { score > $0.0 } ?? entries.count
    entries.insert((score, place), at: index)
    if entries.count > count { entries.removeLast() }
  }
}
