import Foundation
import TesseraEmbedders
import TesseraRetrieval
import TesseraStudy

/// What of a hit, and of its query, their likeness rests on: what is lost of the cosine without it.
struct HitExplanation {
  /// Some words, or a rectangle of patches.
  struct Part {
    let part: Explanation.Omission.Part
    /// What of the cosine goes away without it; below 0 where it stood in the way.
    let carries: Double
  }

  let cosine: Double
  /// Of the hit, what carries most first.
  let parts: [Part]
  /// Of the query.
  let queryParts: [Part]
  /// The hit's picture as the model reads it.
  let picture: PictureAsRead?
}

/// Takes hits apart, which are encoded once more for it.
struct HitExplainer {
  let embedder: Embedder

  /// Finer parts take longer: a run of the model for each.
  private static let options = Explanation.Options(
    dimensionGroups: 1, wordGroups: 24, patchBlocks: 4)

  /// - Throws: `EmbedderError.notExplained`.
  init(embedder: Embedder) throws {
    guard embedder.explainsVectors else { throw EmbedderError.notExplained }
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
    guard !hit.item.lacksPicture, hit.item.text != nil || image != nil,
      let found = try? embedder.explain(
        query, Item(text: hit.item.text, image: image), options: Self.options)
    else { return nil }
    return HitExplanation(
      cosine: found.cosine, parts: Self.parts(found.second), queryParts: Self.parts(found.first),
      picture: found.second.plan.patchesPerSide == nil
        ? nil : image.flatMap { try? embedder.pictureAsRead($0) })
  }

  private static func parts(_ side: Explanation.Side) -> [HitExplanation.Part] {
    side.omissions.map { .init(part: $0.part, carries: -$0.similarityChange) }
      .sorted { $0.carries > $1.carries }
  }
}
