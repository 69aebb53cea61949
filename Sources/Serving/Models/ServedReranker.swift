import TesseraEmbedders

/// A model that scores pairs of texts, under its name, with the lane on which pairs are computed.
package struct ServedReranker: NamedModel {
  package let name: String
  package let aliases: [String]
  package let created: Int
  package let reranker: Reranker
  package let lane: Lane<PreparedPair, Result<PairScore, EmbedderError>>

  package init(name: String, aliases: [String] = [], reranker: Reranker, created: Int) {
    self.name = name
    self.aliases = aliases
    self.created = created
    self.reranker = reranker
    lane = Lane { try reranker.scores(of: $0) }
  }
}
