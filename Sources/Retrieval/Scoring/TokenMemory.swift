import TesseraTensors

/// Texts as the vectors of their tokens, in memory, gone with the process.
package struct TokenMemory: Sendable {
  /// Of each text its tokens' vectors, flat.
  private var lists: [[Float]] = []

  package init() {}

  /// - Precondition: all vectors have one length.
  package mutating func add(_ vectors: [[Float]]) { lists.append(Array(vectors.joined())) }

  /// The best texts by late interaction, the best first; of equal scores the one that was added first.
  ///
  /// A query of no tokens scores 0 with each.
  /// - Parameter query: its tokens' vectors, as long as those of the texts.
  package func nearest(_ limit: Int, to query: [[Float]]) -> [Hit] {
    guard !query.isEmpty else {
      return lists.indices.prefix(limit).map { Hit(row: $0, score: 0) }
    }
    let (lists, scorer) = (lists, TokenScorer(query))
    let scores = Parallel.map(lists.count) { i in
      lists[i].withUnsafeBufferPointer { scorer.score($0) }
    }
    return DiskStore.best(scores, min(limit, scores.count))
  }
}
