import TesseraEmbedders
import TesseraModels

/// What a late-interaction score is made of, exactly: for each token of the query its best inner product
/// with a token of the hit, divided by how many tokens the query has.
package struct TokenMatches: Sendable {
  /// Their sum.
  package let score: Double
  /// What the tokens of each word of the query add to it.
  package let query: [Share]
  /// What the tokens of the query add that match a word of the hit best; nothing where a page was found.
  package let hit: [Share]

  /// A word's part of the score.
  package struct Share: Sendable, Equatable {
    package let word: String
    package let value: Double
  }
}

extension Embedder {
  /// Whether scores of this model are made of those of tokens alone.
  package var scoresTokens: Bool { vectorKinds == [.colbert] && model is any TokenScoringModel }

  /// - Throws: `EmbedderError`.
  package func tokenMatches(_ query: Item, _ hit: Item) throws -> TokenMatches {
    guard let model = model as? any TokenScoringModel else { throw EmbedderError.notExplained }
    let vectors = try encode([query, hit], returning: [.colbert])
      .map { try $0.get().colbertVectors ?? [] }
    var shares = vectors.map { [Double](repeating: 0, count: $0.count) }
    for (place, token) in vectors[0].enumerated() {
      let scores = vectors[1].map { other in
        zip(token, other).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      }
      guard let best = scores.indices.max(by: { (scores[$0], $1) < (scores[$1], $0) }) else {
        continue
      }
      let share = scores[best] / Double(vectors[0].count)
      shares[0][place] += share
      shares[1][best] += share
    }
    return TokenMatches(
      score: shares[0].reduce(0, +), query: try words(of: query, shares[0], model),
      hit: try words(of: hit, shares[1], model))
  }

  /// The words of an item whose tokens have a share, in their order.
  private func words(
    of item: Item, _ shares: [Double], _ model: any TokenScoringModel
  ) throws -> [TokenMatches.Share] {
    let input = try reader.input(of: item).input
    let rows = model.scoredRows(of: input)
    precondition(rows.count == shares.count, "\(shares.count) vectors of \(rows.count) rows")
    let ofRows = Dictionary(uniqueKeysWithValues: zip(rows, shares))
    return try reader.plan(for: item, input).words.compactMap { word in
      let value = word.rows.reduce(0) { $0 + (ofRows[$1] ?? 0) }
      return value == 0 ? nil : .init(word: word.text, value: value)
    }
  }
}
