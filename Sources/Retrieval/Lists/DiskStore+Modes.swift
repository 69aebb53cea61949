import TesseraEmbedders
import TesseraTensors

extension DiskStore {
  /// Candidates of each kind that a hybrid search compares in every way, unless more are asked for.
  public static let defaultCandidateCount = 200

  /// For each query, the best rows first by another comparison than that of vectors alone; of equal
  /// scores the one that was added first.
  ///
  /// Words and token vectors are compared with those of every row. A hybrid search takes the first
  /// `candidates` rows by vector and the first by words, and computes all scores of each.
  /// - Throws: `StoreError.noLists` where the store lacks a kind; `SearchError`, or what is wrong
  ///   with a file.
  public func search(
    _ queries: [StoreQuery], mode: SearchMode, candidates: Int = defaultCandidateCount,
    _ request: StoreRequest
  ) throws -> [[StoreHit]] {
    if mode == .dense { return try search(queries.map(\.vector), request) }
    let excluded = try request.filter.map { try rowsWithout($0) } ?? dead
    let wanted =
      request.limit == .max ? allocatedRows : min(allocatedRows, request.offset + request.limit)
    let least = request.minimumScore ?? -.infinity
    return try queries.map { query in
      let scored: [ScoredRow]
      switch mode {
      case .dense: preconditionFailure("searched above")
      case .sparse:
        scored = Self.best(try lexicalScores(query, excluding: excluded), wanted).map {
          ScoredRow(hit: $0)
        }
      case .colbert:
        let rows = (0..<allocatedRows).filter { !excluded.contains($0) }
        let scores = try tokenScores(query, rows: rows)
        scored = Self.best(scores, wanted).map {
          ScoredRow(hit: Hit(row: rows[$0.row], score: $0.score))
        }
      case .hybrid(let fusion):
        scored = try fused(
          query, fusion, excluding: excluded,
          candidates: min(allocatedRows, max(candidates, wanted)))
      }
      let page = scored.dropFirst(request.offset).prefix(request.limit)
      return try hits(page.prefix { $0.hit.score >= least })
    }
  }

  /// The best of some scores by their places; one that is NaN is no hit.
  static func best(_ scores: [Float], _ count: Int) -> [Hit] {
    guard count > 0 else { return [] }
    var best = BestHits(count)
    for (row, score) in scores.enumerated() { best.insert(Hit(row: row, score: score)) }
    return best.sorted
  }

  /// A row with its score, and what that was made of.
  struct ScoredRow {
    let hit: Hit
    var parts: [VectorKind: Float] = [:]
  }

  private func hits(_ rows: some Sequence<ScoredRow>) throws -> [StoreHit] {
    try read { database in
      try rows.map { row in
        guard let item = try StoredItem.find(row: row.hit.row, in: database) else {
          throw unknownRow(row.hit.row)
        }
        return StoreHit(item: item, score: row.hit.score, row: row.hit.row, parts: row.parts)
      }
    }
  }

  // MARK: Several kinds

  private func fused(
    _ query: StoreQuery, _ fusion: SearchMode.Fusion, excluding excluded: RowSet, candidates: Int
  ) throws -> [ScoredRow] {
    let kinds = SearchMode.hybrid(fusion).kinds
    let dense = try denseScores(query, excluding: excluded)
    let lexical = kinds.contains(.sparse) ? try lexicalScores(query, excluding: excluded) : nil
    let first = Self.best(dense, candidates) + (lexical.map { Self.best($0, candidates) } ?? [])
    let rows = Set(first.map(\.row)).sorted()
    var scores: [VectorKind: [Float]] = [:]
    for kind in kinds {
      switch kind {
      case .dense: scores[kind] = rows.map { dense[$0] }
      // A row that shares no word scores 0, and is a candidate all the same.
      case .sparse:
        scores[kind] = rows.map { row in
          let score = lexical?[row] ?? .nan
          return score.isNaN ? 0 : score
        }
      case .colbert: scores[kind] = try tokenScores(query, rows: rows)
      }
    }
    let sums = fusion.sums(scores, count: rows.count)
    return Self.best(sums, rows.count).map { hit in
      ScoredRow(
        hit: Hit(row: rows[hit.row], score: hit.score), parts: scores.mapValues { $0[hit.row] })
    }
  }

  /// The scores of all rows by their vectors, NaN for those that are left out.
  private func denseScores(_ query: StoreQuery, excluding excluded: RowSet) throws -> [Float] {
    try requireDense()
    let blocks = try blocks()
    guard let dimension, !blocks.isEmpty else { return [] }
    guard query.vector.count == dimension else {
      throw SearchError.dimension(query: query.vector.count, vectors: dimension)
    }
    let unit = try units([query.vector])[0]
    return try ExactSearch().scores(
      Tensor(unit, shape: [1, dimension]), in: blocks, excluding: excluded)
  }
}

extension SearchMode.Fusion {
  /// One score a row of those that each kind gives.
  fileprivate func sums(_ scores: [VectorKind: [Float]], count: Int) -> [Float] {
    var sums = [Float](repeating: 0, count: count)
    var total: Float = 0
    // In one order, so that sums are the same in every run.
    for kind in VectorKind.allCases {
      guard let weight = weights[kind], weight > 0, let scores = scores[kind] else { continue }
      total += weight
      if usesRanks {
        let order = DiskStore.best(scores, max(1, count))
        for (rank, hit) in order.enumerated() where kind != .sparse || hit.score > 0 {
          sums[hit.row] += weight / (Self.rankConstant + Float(rank + 1))
        }
      } else {
        for i in sums.indices { sums[i] += weight * scores[i] }
      }
    }
    return usesRanks || total == 0 ? sums : sums.map { $0 / total }
  }
}
