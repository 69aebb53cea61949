import ArgumentParser
import TesseraEmbedders

/// Options of commands that let a reranker put into order what vectors have found.
struct RerankOptions: CheckedArguments {
  @Option(
    help: """
      A model, by folder or name, that reads each query together with the best hits, and puts those \
      into order: a reranker reads their texts, BLIP's for retrieval their pictures.
      """, completion: .directory)
  var rerank: String?
  @Option(parsing: .unconditional, help: "How many hits it reads for a query; 20 by default.")
  var candidates: Int?

  func check() throws {
    if let candidates {
      guard rerank != nil else { throw ValidationError("--candidates needs --rerank.") }
      guard candidates > 0 else {
        throw ValidationError("--candidates is \(candidates); expected a positive number.")
      }
    }
  }

  /// Nil where none is wanted.
  func loaded(_ model: ModelOptions) throws -> Reordering? {
    try rerank.map { name in
      Reordering(
        reader: try model.loadHitReader(named: name, pixels: model.pixels),
        candidates: candidates ?? 20)
    }
  }
}

/// A second model, and how many hits it reads for a query.
final class Reordering {
  let candidates: Int
  /// What is to be said of the texts that it read.
  private(set) var notices = Notices()
  private let reader: HitReader

  init(reader: HitReader, candidates: Int) {
    (self.reader, self.candidates) = (reader, candidates)
  }

  /// The hits, the best first; those that the model does not or cannot read come last, in the order
  /// that they had.
  ///
  /// - Parameter query: nil for one without a text, whose hits stay as they are.
  func reordered<Hit>(
    _ hits: [Hit], for query: String?, item: (Hit) -> Item
  ) throws -> [(hit: Hit, logit: Float?)] {
    guard let query else { return hits.map { ($0, nil) } }
    let logits = try reader.logits(query, hits.map(item), noting: &notices)
    let scored = zip(hits, logits).map { (hit: $0, logit: try? $1?.get()) }
    return scored.sorted { $0.logit ?? -.infinity > $1.logit ?? -.infinity }
  }
}
