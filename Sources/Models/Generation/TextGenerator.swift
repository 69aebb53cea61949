import TesseraTensors

/// Lets a decoder write behind prompts, token by token, many texts at once.
package struct TextGenerator: Sendable {
  package let settings: GenerationSettings
  /// The token that ends a text.
  private let end: Int
  /// Tokens that the decoder can read.
  private let positions: Int

  package init(_ settings: GenerationSettings, end: Int, positions: Int) {
    (self.settings, self.end, self.positions) = (settings, end, positions)
  }

  /// - Parameters:
  ///   - prompts: the beginning of each item's text.
  ///   - session: with as many items.
  /// - Returns: The texts, prompts and ends included.
  /// - Throws: `GenerationError`; `CancellationError` if the surrounding task was cancelled.
  package func callAsFunction(
    _ prompts: [[Int]], _ session: inout any DecodingSession
  ) throws -> [[Int]] {
    var searches = try prompts.map { try search($0) }
    var histories = prompts.map { _ in [[Int]]() }
    var next = prompts.enumerated().map { NewTokens(item: $0, history: [], ids: $1) }
    while !next.isEmpty {
      let (logits, read) = try session.read(next)
      var rows = [Range<Int>](repeating: 0..<0, count: prompts.count)
      for (row, sequence) in next.enumerated() {
        let first = rows[sequence.item].isEmpty ? row : rows[sequence.item].lowerBound
        rows[sequence.item] = first..<row + 1
      }
      next = []
      for (item, rows) in rows.enumerated() where !rows.isEmpty {
        try searches[item].advance(logits.rows(rows))
        histories[item] = []
        guard !searches[item].isDone else { continue }
        for (row, token) in searches[item].running {
          let history = read[rows.lowerBound + row]
          histories[item].append(history)
          next.append(NewTokens(item: item, history: history, ids: [token]))
        }
      }
      session.keep(Array(histories.joined()))
    }
    return searches.map(\.text)
  }

  /// - Throws: `GenerationError` where nothing can follow a prompt of so many tokens.
  package func requireRoom(behind prompt: Int) throws {
    _ = try settings.lengths(behind: prompt, positions: positions)
  }

  private func search(_ prompt: [Int]) throws -> any TextSearch {
    let lengths = try settings.lengths(behind: prompt.count, positions: positions)
    let rules = LogitRules(settings: settings, ends: [end], minimumLength: lengths.minimum)
    return settings.beams == 1
      ? GreedySearch(prompt, rules, maximumLength: lengths.maximum)
      : BeamSearch(prompt, rules, maximumLength: lengths.maximum)
  }
}
