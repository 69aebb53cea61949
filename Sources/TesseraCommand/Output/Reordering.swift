import ArgumentParser
import TesseraEmbedders

/// Options of commands that let a reranker put into order what vectors have found.
struct RerankOptions: CheckedArguments {
  @Option(
    help: """
      A model, by folder or name, that reads each query together with the texts of the best hits, \
      and puts those into order.
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
      let reranker = try model.loadReranker(from: model.model.folder(named: name), isOther: true)
      guard reranker.labels.count == 1 else {
        throw EmbedderError.notAReranker(labels: reranker.labels)
      }
      return Reordering(reranker: reranker, candidates: candidates ?? 20)
    }
  }
}

/// A reranker, and how many hits it reads for a query.
struct Reordering {
  let reranker: Reranker
  let candidates: Int

  /// The hits, the best first; those without a text, or that cannot be read, come last, in the order
  /// that they had.
  ///
  /// - Parameter query: nil for one without a text, whose hits stay as they are.
  func reordered<Hit>(
    _ hits: [Hit], for query: String?, text: (Hit) -> String?
  ) throws -> [(hit: Hit, logit: Float?)] {
    guard let query else { return hits.map { ($0, nil) } }
    let texts = hits.map(text)
    var scores = try reranker.scores(of: texts.compactMap { $0.map { TextPair(query, $0) } })
      .makeIterator()
    let scored = zip(hits, texts).map { hit, text in
      (hit: hit, logit: text == nil ? nil : (try? scores.next()?.get())?.logit)
    }
    return scored.sorted { $0.logit ?? -.infinity > $1.logit ?? -.infinity }
  }
}
