import TesseraTensors

/// A text while its tokens are chosen: hypotheses that go on, of which a decoder says what may follow.
protocol TextSearch {
  /// What goes on: the row of the last scores that each comes of, and the token that it added.
  var running: [(row: Int, token: Int)] { get }

  /// Chooses, by the logits of what follows each hypothesis, [hypotheses, V]; at first, of what
  /// follows the prompt, [1, V].
  ///
  /// - Throws: `GenerationError.notFinite`.
  mutating func advance(_ logits: Tensor) throws

  /// Whether nothing goes on.
  var isDone: Bool { get }

  /// The best text, prompt included, with the token that ends it if it has one.
  var text: [Int] { get }
}

/// The likeliest token each time.
struct GreedySearch: TextSearch {
  private let rules: LogitRules
  private let maximumLength: Int
  private(set) var text: [Int]
  private(set) var isDone = false

  init(_ prompt: [Int], _ rules: LogitRules, maximumLength: Int) {
    (text, self.rules, self.maximumLength) = (prompt, rules, maximumLength)
  }

  var running: [(row: Int, token: Int)] { text.last.map { [(0, $0)] } ?? [] }

  mutating func advance(_ logits: Tensor) throws {
    var scores = logits.elements
    guard scores.allSatisfy(\.isFinite) else { throw GenerationError.notFinite }
    rules.apply(to: &scores, after: text)
    var best = 0
    for (id, score) in scores.enumerated() where score > scores[best] { best = id }
    text.append(best)
    isDone = rules.ends.contains(best) || text.count >= maximumLength
  }
}
