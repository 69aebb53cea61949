/// A run measured against judgements, as trec_eval counts.
package struct Evaluation: Sendable {
  /// Which queries count.
  package enum Coverage: Sendable {
    /// All that were judged; one without hits counts 0.
    case allJudged
    /// Those with judgements and hits, as trec_eval does unless told otherwise.
    case found
  }

  package struct Query: Sendable {
    package let id: String
    /// Whether the run has it.
    package let isFound: Bool
    /// In the order of `measures`.
    package let values: [Double]
  }

  package let measures: [Measure]
  /// In the order of the judgements.
  package let queries: [Query]
  /// Means over the queries, in the order of `measures`.
  package let means: [Double]
  package let ties: Ties
  /// Queries of the run that nobody judged, and that do not count.
  package let unjudged: Int

  /// - Parameter other: a run that is measured too, if the two are to have the same queries.
  /// - Throws: `EvaluationError.nothingInCommon`.
  package init(
    _ run: RankedRun, _ judgements: Judgements, _ measures: [Measure],
    coverage: Coverage = .allJudged, beside other: RankedRun? = nil
  ) throws {
    let ids = judgements.queries.filter { id in
      coverage == .allJudged
        || run.hits[id] != nil && (other.map { $0.hits[id] != nil } ?? true)
    }
    guard ids.contains(where: { run.hits[$0] != nil }) else {
      throw EvaluationError.nothingInCommon
    }
    let rankings = ids.map { TiedRanking(run.hits[$0] ?? [], judgements.grades[$0] ?? [:]) }
    self.measures = measures
    let queries = zip(ids, rankings).map { id, ranking in
      Query(
        id: id, isFound: run.hits[id] != nil,
        values: measures.map { $0.value(of: ranking.grades, judged: ranking.judged) })
    }
    self.queries = queries
    means = measures.indices.map { i in
      queries.reduce(0) { $0 + $1.values[i] } / Double(queries.count)
    }
    ties = Ties(rankings, measures)
    unjudged = run.queries.count { judgements.grades[$0] == nil }
  }

  package subscript(measure: Measure) -> Double? {
    measures.firstIndex(of: measure).map { means[$0] }
  }
}
