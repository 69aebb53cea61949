import Foundation
import TesseraEmbedders
import TesseraRetrieval
import TesseraStudy

/// What of a hit, and of its query, their likeness rests on: what is lost of the cosine without it, or,
/// in late interaction, what its tokens add to the score.
struct HitExplanation {
  /// Some words, or a rectangle of patches.
  struct Part {
    let part: Explanation.Omission.Part
    /// What of the score goes away without it; below 0 where it stood in the way.
    let carries: Double
  }

  /// What is explained: a cosine, or the score of late interaction.
  let measure: Measure
  let score: Double
  /// Of the hit, what carries most first.
  let parts: [Part]
  /// Of the query.
  let queryParts: [Part]
  /// The hit's picture as the model reads it.
  let picture: PictureAsRead?

  enum Measure: String { case cosine, score }
}

/// Takes hits apart, which are encoded once more for it.
struct HitExplainer {
  let embedder: Embedder

  /// Finer parts take longer: a run of the model for each.
  private static let options = Explanation.Options(
    dimensionGroups: 1, wordGroups: 24, patchBlocks: 4)

  /// - Throws: `EmbedderError.notExplained`.
  init(embedder: Embedder) throws {
    guard embedder.explainsVectors || embedder.scoresTokens else {
      throw EmbedderError.notExplained
    }
    self.embedder = embedder
  }

  /// Nil for a hit of which nothing is left to encode.
  func explanations(of hits: [StoreHit], for query: Query) throws -> [HitExplanation?] {
    guard let item = query.item else { return hits.map { _ in nil } }
    defer { StandardError.rewrite("") }
    return hits.enumerated().map { place, hit in
      StandardError.rewrite("explaining \(place + 1) of \(hits.count)")
      return explanation(of: hit, for: item)
    }
  }

  private func explanation(of hit: StoreHit, for query: Item) -> HitExplanation? {
    let image = hit.item.image.map { ImageSource.file(URL(filePath: $0)) }
    guard !hit.item.lacksPicture, hit.item.text != nil || image != nil else { return nil }
    let item = Item(text: hit.item.text, image: image, prompt: .document)
    if embedder.scoresTokens { return matches(of: item, for: query) }
    guard let found = try? embedder.explain(query, item, options: Self.options) else { return nil }
    return HitExplanation(
      measure: .cosine, score: found.cosine, parts: Self.parts(found.second),
      queryParts: Self.parts(found.first),
      picture: found.second.plan.patchesPerSide == nil
        ? nil : image.flatMap { try? embedder.pictureAsRead($0) })
  }

  private func matches(of hit: Item, for query: Item) -> HitExplanation? {
    guard let found = try? embedder.tokenMatches(query, hit) else { return nil }
    return HitExplanation(
      measure: .score, score: found.score, parts: Self.parts(found.hit),
      queryParts: Self.parts(found.query), picture: nil)
  }

  private static func parts(_ shares: [TokenMatches.Share]) -> [HitExplanation.Part] {
    shares.map { .init(part: .words([$0.word]), carries: $0.value) }
      .sorted { $0.carries > $1.carries }
  }

  private static func parts(_ side: Explanation.Side) -> [HitExplanation.Part] {
    side.omissions.map { .init(part: $0.part, carries: -$0.similarityChange) }
      .sorted { $0.carries > $1.carries }
  }
}
