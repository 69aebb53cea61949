import Foundation
import TesseraEmbedders

/// A model under its name, with the lanes on which its requests are computed.
package struct ServedModel: Sendable {
  /// What clients call it, and what it is listed as.
  package let name: String
  /// What else it answers to.
  package let aliases: [String]
  /// When it was loaded, in seconds since 1970.
  package let created: Int
  package let embedder: Embedder
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

  /// Where such vectors are computed.
  ///
  /// - Throws: `EmbedderError.kindNotSupported`.
  package func lane(_ kinds: [VectorKind]) throws(EmbedderError) -> EmbeddingLane {
    let ordered = VectorKind.allCases.filter(kinds.contains)
    if let lane = lanes[ordered] { return lane }
    let lacking = ordered.first { !embedder.vectorKinds.contains($0) } ?? .dense
    throw .kindNotSupported(lacking, supported: embedder.vectorKinds)
  }

  func answers(to name: String) -> Bool {
    // Ollama's clients add a tag.
    let plain = name.hasSuffix(":latest") ? String(name.dropLast(":latest".count)) : name
    return plain == self.name || aliases.contains(plain)
  }
}
