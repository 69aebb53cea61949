import TesseraJSON
import TesseraRetrieval

/// What `eval` says of a run, and of another beside it.
struct EvaluationReport: Report {
  private let evaluation: Evaluation
  private let other: Evaluation?
  private let comparisons: [PairedComparison]
  private let perQuery: Bool

  init(_ evaluation: Evaluation, against other: Evaluation?, perQuery: Bool) {
    self.evaluation = evaluation
    self.other = other
    comparisons = other.map { evaluation.compared(with: $0) } ?? []
    self.perQuery = perQuery
  }

  // MARK: JSON

  var json: String {
    let queries = perQuery ? evaluation.queries.map(line).joined() : ""
    return queries
      + JSONWriter.line { object in
        object.member("queries", evaluation.queries.count)
        write(evaluation.means, to: &object)
        if !evaluation.ties.cuts.isEmpty { writeTies(to: &object) }
        if let other { writeComparisons(with: other, to: &object) }
      }
  }

  private func line(_ query: Evaluation.Query) -> String {
    JSONWriter.line { object in
      object.member("query", query.id)
      if !query.isFound { object.member("found", false) }
      write(query.values, to: &object)
    }
  }

  private func write(_ values: [Double], to object: inout JSONWriter.ObjectWriter) {
    for (measure, value) in zip(evaluation.measures, values) { object.member(measure.name, value) }
  }

  private func writeTies(to object: inout JSONWriter.ObjectWriter) {
    object.objects("ties_across_cut", evaluation.ties.cuts) { object, cut in
      object.member("k", cut.k)
      object.member("queries", cut.queries)
      object.member("worst_ndcg", cut.worst)
      object.member("best_ndcg", cut.best)
    }
  }

  private func writeComparisons(
    with other: Evaluation, to object: inout JSONWriter.ObjectWriter
  ) {
    object.object("against") { object in
      for (i, comparison) in comparisons.enumerated() {
        object.object(evaluation.measures[i].name) { object in
          object.member("value", other.means[i])
          object.member("difference", comparison.difference)
          object.member("p", comparison.p)
          object.member("wins", comparison.wins)
          object.member("losses", comparison.losses)
          object.member("ties", comparison.ties)
        }
      }
    }
  }

  // MARK: Table

  var table: String {
    let queries = perQuery ? [queryTable] : []
    return (queries + [other.map(comparisonTable) ?? meanTable]).joined(separator: "\n")
  }

  private static let nameWidth = 16

  private func cell(_ value: Double, digits: Int = 4) -> String {
    Decimals.text(Float(value), digits: digits, width: 9)
  }

  private func named(_ name: String, width: Int = nameWidth) -> String {
    name + String(repeating: " ", count: max(1, width - name.count))
  }

  /// A line a measure, a column a cut; the last column is not cut.
  private var meanTable: String {
    let cuts = Set(evaluation.measures.map { $0.cut ?? .max }).sorted()
    let heads = cuts.map { Decimals.pad($0 == .max ? "all" : "@\($0)", to: 9) }
    let families = evaluation.measures.map(\.family).reduce(into: [String]()) { families, name in
      if !families.contains(name) { families.append(name) }
    }
    return named("\(evaluation.queries.count) queries") + heads.joined() + "\n"
      + families.map { family in
        named(family)
          + cuts.map { cut in
            evaluation.measures.firstIndex { $0.family == family && ($0.cut ?? .max) == cut }
              .map { cell(evaluation.means[$0]) } ?? Decimals.pad("", to: 9)
          }.joined() + "\n"
      }.joined()
  }

  private func comparisonTable(with other: Evaluation) -> String {
    let head =
      named("\(evaluation.queries.count) queries")
      + ["run", "against", "difference"].map { Decimals.pad($0, to: 11) }.joined()
      + ["p", "wins", "losses", "ties"].map { Decimals.pad($0, to: 8) }.joined() + "\n"
    return head
      + comparisons.enumerated().map { i, comparison in
        named(evaluation.measures[i].name)
          + [evaluation.means[i], other.means[i], comparison.difference]
          .map { "  " + cell($0) }.joined()
          + Decimals.text(Float(comparison.p), digits: 4, width: 8)
          + [comparison.wins, comparison.losses, comparison.ties]
          .map { Decimals.pad("\($0)", to: 8) }.joined() + "\n"
      }.joined()
  }

  /// What is asked for most, a query a line.
  private var queryTable: String {
    let shown = evaluation.measures.indices.filter { i in
      switch evaluation.measures[i] {
      case .ndcg(10), .recall(10), .mrr(10), .success(1), .map(nil): true
      default: false
      }
    }
    let width = max(Self.nameWidth, (evaluation.queries.map(\.id.count).max() ?? 0) + 2)
    let head =
      named("query", width: width)
      + shown.map { Decimals.pad(evaluation.measures[$0].name, to: 15) }.joined() + "\n"
    return head
      + evaluation.queries.map { query in
        named(query.id, width: width)
          + shown.map { Decimals.pad(cell(query.values[$0]), to: 15) }.joined()
          + (query.isFound ? "" : "  no hits") + "\n"
      }.joined()
  }
}

extension Evaluation {
  /// What a reader of the means should know.
  var notes: [String] {
    var notes: [String] = []
    let missing = queries.count { !$0.isFound }
    if missing > 0 {
      notes.append(
        "\(missing) judged quer\(missing == 1 ? "y has" : "ies have") no hits and "
          + "count\(missing == 1 ? "s" : "") 0; --complete no leaves such out")
    }
    if unjudged > 0 {
      notes.append(
        "\(unjudged) quer\(unjudged == 1 ? "y" : "ies") of the run "
          + "\(unjudged == 1 ? "was" : "were") not judged")
    }
    for cut in ties.cuts {
      let (worst, best) = (cut.worst, cut.best)
      notes.append(
        "equal scores across place \(cut.k) in \(cut.queries) quer\(cut.queries == 1 ? "y" : "ies"): "
          + "in other orders, nDCG@\(cut.k) would be from \(Self.text(worst)) to \(Self.text(best))"
      )
    }
    return notes
  }

  private static func text(_ value: Double) -> String {
    Decimals.text(Float(value), digits: 4, width: 0)
  }
}
