import TesseraTensors

extension DiskStore {
  /// Σ of the products of weights, over the tokens that a row shares with a query, for every row; NaN
  /// for one that shares none, or is left out. The sums are those of `Embedding.lexicalScore`.
  ///
  /// - Throws: `StoreError.noLists`, `StoreError.missingList`.
  func lexicalScores(_ query: StoreQuery, excluding excluded: RowSet) throws -> [Float] {
    guard let weights = query.lexicalWeights else {
      throw StoreError.missingList(id: "the query", kind: ListKind.sparse.rawValue)
    }
    var table = [Float](repeating: 0, count: (weights.keys.max() ?? -1) + 1)
    for (id, weight) in weights where id >= 0 { table[id] = weight }
    let blocks = try listBlocks(.sparse)
    let pieces = zip(segments, blocks).flatMap { segment, block in
      stride(from: 0, to: block.count, by: Self.pieceRows).map { first in
        (segment.firstRow, block, first..<min(first + Self.pieceRows, block.count))
      }
    }
    let (found, words) = (pieces, table)
    return Parallel.map(found.count) { i in
      let (firstRow, block, rows) = found[i]
      return block.withLists { pairs, ends in
        rows.map { row in
          guard !excluded.contains(firstRow + row) else { return Float.nan }
          var sum = 0.0
          var isShared = false
          for place in stride(
            from: ListBlock.range(row, ends, 2).lowerBound,
            to: ListBlock.range(row, ends, 2).upperBound, by: 2)
          {
            let id = Int(pairs[place])
            guard id < words.count, words[id] != 0 else { continue }
            isShared = true
            sum += Double(words[id]) * Double(pairs[place + 1])
          }
          return isShared ? Float(sum) : .nan
        }
      }
    }.flatMap { $0 }
  }

  private static let pieceRows = 8192

  /// The late-interaction scores of hits.
  ///
  /// - Throws: `StoreError.noLists`, `StoreError.missingList`, `SearchError.dimension`.
  package func tokenScores(_ query: StoreQuery, of hits: [StoreHit]) throws -> [Float] {
    try tokenScores(query, rows: hits.map(\.row))
  }

  /// For each token of a query the best inner product among a row's tokens, averaged: for some rows.
  ///
  /// - Throws: `StoreError.noLists`, `StoreError.missingList`, `SearchError.dimension`.
  func tokenScores(_ query: StoreQuery, rows: [Int]) throws -> [Float] {
    guard let tokens = query.tokenVectors, let first = tokens.first else {
      throw StoreError.missingList(id: "the query", kind: ListKind.colbert.rawValue)
    }
    let blocks = try listBlocks(.colbert)
    if let width = listWidths[.colbert], width > 0, width != first.count {
      throw SearchError.dimension(query: first.count, vectors: width)
    }
    let segments = segments
    let scorer = TokenScorer(tokens)
    return Parallel.map(rows.count) { i in
      guard let place = segments.firstIndex(where: { $0.rows.contains(rows[i]) }) else {
        preconditionFailure("row \(rows[i])")
      }
      return blocks[place].withLists { numbers, ends in
        let range = ListBlock.range(
          rows[i] - segments[place].firstRow, ends, blocks[place].width)
        return scorer.score(UnsafeBufferPointer(rebasing: numbers[range]))
      }
    }
  }
}
