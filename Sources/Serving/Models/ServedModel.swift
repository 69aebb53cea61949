import Foundation
import TesseraEmbedders

/// A model under its name, with the lanes on which its requests are computed.
package struct ServedModel: NamedModel {
  package let name: String
  package let aliases: [String]
  package let created: Int
  package private(set) var embedder: Embedder
  private let lanes: [[VectorKind]: EmbeddingLane]

  package typealias EmbeddingLane = Lane<PreparedItem, Result<Embedding, EmbedderError>>

  package init(name: String, aliases: [String] = [], embedder: Embedder, created: Int) {
    self.name = name
    self.aliases = aliases
    self.created = created
    self.embedder = embedder
    let kinds = embedder.vectorKinds
    let choices = (1..<1 << kinds.count).map { bits in
      kinds.indices.filter { bits >> $0 & 1 == 1 }.map { kinds[$0] }
    }
    lanes = Dictionary(
      uniqueKeysWithValues: choices.map { kinds in
        (kinds, Lane { try embedder.encode($0, returning: kinds) })
      })
  }

  /// The same model with another way of reading pictures; both are computed together.
  ///
  /// - Parameter pixels: nil for the model's own way.
  func reading(pixels: PixelReading?) -> ServedModel {
    guard let pixels else { return self }
    var other = self
    other.embedder = embedder.reading(pixels: pixels)
    return other
  }

  /// Where such vectors are computed.
  ///
  /// - Throws: `EmbedderError.kindNotSupported`.
  package func lane(_ kinds: [VectorKind]) throws(EmbedderError) -> EmbeddingLane {
    let ordered = VectorKind.allCases.filter(kinds.contains)
    if let lane = lanes[ordered] { return lane }
    let lacking = ordered.first { !embedder.vectorKinds.contains($0) } ?? .dense
    throw .kindNotSupported(lacking, supported: embedder.vectorKinds)
  }
}
