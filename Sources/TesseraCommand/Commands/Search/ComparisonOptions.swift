import ArgumentParser
import TesseraEmbedders
import TesseraRetrieval

/// How queries are compared with rows.
struct ComparisonOptions: ParsableArguments, CheckedArguments {
  @Option(
    help: ArgumentHelp(
      "dense, sparse, colbert or hybrid, which want an index with such vectors; dense by default, or "
        + "what an index has that has none.",
      discussion: """
        sparse compares words by their weights, colbert every token of the query with every token of \
        a row. hybrid takes the first --candidates rows by vectors and the first by words, computes \
        all scores of each, and makes one of them. The other measures are similarity's alone.
        """))
  var mode: ScoringMode?
  @Option(
    help: ArgumentHelp(
      "hybrid: a,b,c, the weights of the dense, sparse and colbert scores; equal ones of what the "
        + "index has by default."))
  var weights: HybridWeights?
  @Flag(help: "hybrid: add up reciprocal ranks, 1 / (60 + r) for a row at rank r, not scores.")
  var reciprocalRanks = false
  @Option(
    parsing: .unconditional,
    help: "Rows that a second look is given to, for each query; 200 by default.")
  var candidates: Int?
  @Option(
    help: ArgumentHelp(
      "Order the first --candidates rows again by a second, slower look: colbert, by the token "
        + "vectors that the index has, or a model, by folder or name, whose logits become scores: "
        + "a reranker reads the query with each text, BLIP's for retrieval with each picture."))
  var rerank: String?

  func check() throws {
    if let candidates, candidates <= 0 {
      throw ValidationError("--candidates is \(candidates); expected a positive number.")
    }
    if mode != .hybrid, weights != nil || reciprocalRanks {
      throw ValidationError("--weights and --reciprocal-ranks are for --mode hybrid.")
    }
    if candidates != nil, mode != .hybrid, rerank == nil {
      throw ValidationError("--candidates is for --mode hybrid and for --rerank.")
    }
    if let mode, ![.dense, .sparse, .colbert, .hybrid].contains(mode) {
      throw ValidationError("--mode \(mode.rawValue): an index compares vectors by their cosine.")
    }
  }

  /// Whether nothing but the queries' vectors is asked for.
  var isPlain: Bool { mode ?? .dense == .dense && rerank == nil }

  /// - Throws: `StoreAddress.NoFolder` for what only a folder can do; `StoreError` for a hybrid of one
  ///   kind.
  func comparison(of store: any KeptStore, _ model: ModelOptions) throws -> Comparison {
    Comparison(
      store: store, mode: try searchMode(of: store),
      candidates: candidates ?? DiskStore.defaultCandidateCount,
      reranker: try reranker(of: store, model))
  }

  private func reranker(of store: any KeptStore, _ model: ModelOptions) throws -> (any HitReranker)?
  {
    guard let rerank else { return nil }
    if rerank == VectorKind.colbert.rawValue {
      guard let disk = store as? DiskStore else {
        throw StoreAddress.NoFolder(address: store.place)
      }
      return TokenReranker(store: disk)
    }
    let reader = try model.loadHitReader(
      named: rerank, pixels: store.fingerprint()?.pixelReading ?? .reference)
    return ReadingReranker(reader: reader)
  }

  private func searchMode(of store: any KeptStore) throws -> SearchMode {
    switch mode {
    case nil: return store.ownMode
    case .dense, .cosine, .dot, .euclidean, .manhattan:
      try store.requireDense()
      return .dense
    case .sparse: return try own(.sparse, .sparse, of: store)
    case .colbert: return try own(.colbert, .colbert, of: store)
    case .hybrid:
      // Its candidates come first by dense vectors.
      try store.requireDense()
      var given: [VectorKind: Float] = [:]
      if let weights {
        given = [.dense: weights.dense, .sparse: weights.sparse, .colbert: weights.colbert]
      } else {
        let kinds = store.vectorKinds
        guard kinds.count > 1 else { throw Self.lack(of: .sparse, in: store) }
        for kind in kinds { given[kind] = 1 }
      }
      return .hybrid(.init(weights: given, usesRanks: reciprocalRanks))
    }
  }

  /// Says what a folder lacks before a query is encoded, as its model may lack it too.
  private func own(
    _ mode: SearchMode, _ kind: VectorKind, of store: any KeptStore
  ) throws(StoreError) -> SearchMode {
    if store.mayLackDense, !store.vectorKinds.contains(kind) {
      throw Self.lack(of: kind, in: store)
    }
    return mode
  }

  private static func lack(of kind: VectorKind, in store: any KeptStore) -> StoreError {
    store.possibleKinds.contains(kind)
      ? .noLists(store.place, kind: kind.rawValue) : .kindNotKept(store.place, kind: kind.rawValue)
  }
}
