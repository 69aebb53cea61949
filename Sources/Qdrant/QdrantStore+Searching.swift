import TesseraEmbedders
import TesseraRetrieval

extension QdrantStore {
  package func search(_ queries: [[Float]], _ request: StoreRequest) throws -> [[StoreHit]] {
    try search(queries.map(StoreQuery.init(vector:)), mode: .dense, candidates: 0, request)
  }

  /// Scores are those of a folder: of tokens the mean of the best cosines, of a hybrid search the sum of
  /// 1 / (60 + rank), of which each kind gives its first `candidates`.
  package func search(
    _ queries: [StoreQuery], mode: SearchMode, candidates: Int, _ request: StoreRequest
  ) throws -> [[StoreHit]] {
    guard let vector, !queries.isEmpty else { return queries.map { _ in [] } }
    try requireKnown(mode)
    let asked = try queries.enumerated().map { index, query in
      QdrantQuery(
        parts: try mode.kinds.map { try nearest(query, $0, vector, name: "query \(index)") },
        candidates: candidates)
    }
    // What compares nothing finds nothing, and is no query for the server.
    let meant = asked.filter { !$0.isEmpty }
    var found = try answers(meant, request).makeIterator()
    return asked.map { $0.isEmpty ? [] : found.next() ?? [] }
  }

  private func answers(
    _ queries: [QdrantQuery], _ request: StoreRequest
  ) throws -> [[StoreHit]] {
    guard !queries.isEmpty else { return [] }
    let total = try count()
    let wanted = request.offset + min(request.limit, total)
    let isFiltering = request.filter != nil
    var limit = min(max(1, wanted), max(1, total))
    while true {
      let answers = try collection.query(
        queries, condition(request.filter), limit: limit, threshold: request.minimumScore,
        isExact: isExact)
      guard answers.count == queries.count else {
        throw QdrantError.answer(
          host: collection.server.host,
          reason: "\(answers.count) answers to \(queries.count) queries")
      }
      let hits = try zip(queries, answers).map { query, points in
        try points.compactMap { point -> StoreHit? in
          let payload = try QdrantPayload(point.payload, of: point.id)
          guard request.filter?.matches(payload.item, source: payload.source) ?? true else {
            return nil
          }
          return StoreHit(item: payload.item, score: point.score / query.divisor)
        }
      }
      // What was translated loosely may have left too few.
      let isShort = zip(hits, answers).contains { $0.count < wanted && $1.count >= limit }
      guard isFiltering, isShort, limit < total else {
        return hits.map { Array($0.dropFirst(request.offset).prefix(request.limit)) }
      }
      limit = min(limit * 4, total)
    }
  }

  /// - Throws: `QdrantError`, `StoreError` for what the collection or the server has not got.
  private func requireKnown(_ mode: SearchMode) throws {
    for kind in mode.kinds where !vectorKinds.contains(kind) {
      throw QdrantError.noKind(kind.rawValue, of: collection.place)
    }
    guard case .hybrid(let fusion) = mode, mode.kinds.count > 1 else { return }
    guard fusion.usesRanks else {
      throw StoreError.fusionNotKnown(
        collection.place, reason: "a server of Qdrant adds up ranks, not scores: --reciprocal-ranks"
      )
    }
    guard Set(mode.kinds.map { fusion.weights[$0] }).count == 1 else {
      throw StoreError.fusionNotKnown(
        collection.place, reason: "a server of Qdrant weighs ranks in another way: no --weights")
    }
    if let release, release < (1, 16) {
      throw StoreError.fusionNotKnown(
        collection.place,
        reason:
          "Qdrant \(release.0).\(release.1) adds up ranks with another constant; 1.16 takes ours")
    }
  }

  private func nearest(
    _ query: StoreQuery, _ kind: VectorKind, _ vector: QdrantVector, name: String
  ) throws -> QdrantQuery.Nearest {
    switch kind {
    case .dense:
      guard query.vector.count == vector.size else {
        throw StoreError.dimension(id: name, expected: vector.size, found: query.vector.count)
      }
      guard let unit = query.vector.ofLengthOne else { throw StoreError.noDirection(id: name) }
      return .init(vectors: .dense(unit), name: vector.name)
    case .sparse:
      guard let weights = query.lexicalWeights else {
        throw StoreError.missingList(id: name, kind: kind.rawValue)
      }
      return .init(vectors: .sparse(weights), name: QdrantVector.sparseName)
    case .colbert:
      guard let vectors = query.tokenVectors, !vectors.isEmpty else {
        throw StoreError.missingList(id: name, kind: kind.rawValue)
      }
      return .init(vectors: .tokens(vectors), name: QdrantVector.tokensName)
    }
  }
}
