import Foundation
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// A run with ties, a query that is missing, one without relevant documents, one beyond the cut, and
/// what pytrec_eval says of it.
@Suite struct EvaluationTests {
  private let run: RankedRun
  private let judgements: Judgements
  private let golden: Golden

  private struct Golden: Decodable {
    struct Values: Decodable {
      let perQuery: [String: [String: Double]]
      let found: [String: Double]
      let allJudged: [String: Double]

      enum CodingKeys: String, CodingKey {
        case perQuery = "per_query"
        case found = "mean_over_queries_in_both"
        case allJudged = "mean_over_all_judged_queries"
      }
    }
    let values: Values
    let mrr: Double

    enum CodingKeys: String, CodingKey {
      case values = "pytrec_eval"
      case mrr = "mrr@10_mean_over_all_judged"
    }
  }

  /// Measures under the names that pytrec_eval gives them.
  private static let names: [String: Measure] = [
    "map": .map(nil), "map_cut_10": .map(10), "P_1": .precision(1), "P_3": .precision(3),
    "P_5": .precision(5), "P_10": .precision(10), "recall_1": .recall(1), "recall_3": .recall(3),
    "recall_5": .recall(5), "recall_10": .recall(10), "ndcg_cut_1": .ndcg(1),
    "ndcg_cut_3": .ndcg(3), "ndcg_cut_5": .ndcg(5), "ndcg_cut_10": .ndcg(10),
    "success_1": .success(1), "success_5": .success(5), "success_10": .success(10),
    "recip_rank": .mrr(1000), "ndcg": .ndcg(1000),
  ]

  init() throws {
    run = try RankedRun(path: Cases.path("run.trec"))
    judgements = try Judgements(path: Cases.path("qrels.trec"))
    golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: URL(filePath: Cases.path("expected.json"))))
  }

  @Test func `each query has trec_eval's values`() throws {
    let measures = Array(Self.names.values)
    let evaluation = try Evaluation(run, judgements, measures, coverage: .found)
    #expect(evaluation.queries.map(\.id) == ["q1", "q2", "q3", "q4", "q6"])
    for query in evaluation.queries {
      let expected = try #require(golden.values.perQuery[query.id])
      for (name, measure) in Self.names {
        let place = try #require(measures.firstIndex(of: measure))
        let value = try #require(expected[name])
        #expect(abs(query.values[place] - value) < 1e-12, "\(name) of \(query.id)")
      }
    }
  }

  @Test(arguments: [Evaluation.Coverage.allJudged, .found])
  func `means over all judged queries, or over those that were found`(
    coverage: Evaluation.Coverage
  ) throws {
    let expected = coverage == .found ? golden.values.found : golden.values.allJudged
    let evaluation = try Evaluation(
      run, judgements, Array(Self.names.values) + [.mrr(10)], coverage: coverage)
    #expect(evaluation.queries.count == (coverage == .found ? 5 : 6))
    for (name, measure) in Self.names {
      let (mean, value) = (try #require(evaluation[measure]), try #require(expected[name]))
      #expect(abs(mean - value) < 1e-12, "\(name)")
    }
    if coverage == .allJudged {
      #expect(abs(try #require(evaluation[.mrr(10)]) - golden.mrr) < 1e-12)
    }
  }

  /// BEIR's three columns hold the same judgements.
  @Test func `judgements in every format`() throws {
    #expect(try Judgements(path: Cases.path("beir/qrels/test.tsv")) == judgements)
    let folder = try TemporaryFolder()
    let lines = judgements.queries.flatMap { query in
      (judgements.grades[query] ?? [:]).map {
        #"{"query-id":"\#(query)","corpus-id":"\#($0.key)","score":\#($0.value)}"#
      }
    }
    let path = folder.path("qrels.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: path))
    #expect(try Judgements(path: path).grades == judgements.grades)
  }

  @Test func `a run as search writes it`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("run.jsonl")
    let lines = run.queries.map { query in
      let hits = (run.hits[query] ?? []).reversed().map {
        #"{"rank":1,"id":"\#($0.document)","score":\#($0.score)}"#
      }
      return #"{"index":0,"id":"\#(query)","hits":[\#(hits.joined(separator: ","))]}"#
    }
    try Data((lines.joined(separator: "\r\n") + "\n").utf8).write(to: URL(filePath: path))
    #expect(try RankedRun(path: path) == run)
  }

  @Test func `of equal scores the larger id is first, as bytes`() {
    var run = RankedRun()
    run.add(["d1", "d10", "é", "d2", "z"].map { .init(document: $0, score: 1) }, of: "q")
    #expect(run.hits["q"]?.map(\.document) == ["é", "z", "d2", "d10", "d1"])
  }

  /// q3 has ten equal scores, of which three are relevant.
  @Test func `ties across a cut are told, with what they could change`() throws {
    let evaluation = try Evaluation(run, judgements, [.ndcg(1), .ndcg(3), .ndcg(10)])
    #expect(evaluation.ties.cuts.map(\.k) == [1, 3])
    let cut = evaluation.ties.cuts[1]
    #expect(cut.queries == 1)
    let mean = try #require(evaluation[.ndcg(3)])
    let own = 0.4030302838010049
    #expect(abs(cut.best - (mean + (1 - own) / 6)) < 1e-12)
    #expect(abs(cut.worst - (mean - own / 6)) < 1e-12)
  }

  @Test func `hits that are the query itself can be left out`() {
    var run = RankedRun()
    run.add([.init(document: "a", score: 2), .init(document: "b", score: 1)], of: "a")
    #expect(run.withoutIdentical.hits["a"]?.map(\.document) == ["b"])
  }

  @Test(
    arguments: [
      ("q1 0 d1", "grade"), ("q1 0 d1 x", "x"), ("q1 0 d1 1\nq1 0 d1 2", "twice"),
      ("", "none"), ("query-id\tcorpus-id\tscore\n", "none"), ("q 0 d 1\nq d 1", "line 2"),
      (#"{"query-id":"q"}"#, "query-id, corpus-id and score"), ("{", "line 1"),
      ("q 0 d 1.5", "1.5"),
    ])
  func `judgements that are none`(text: String, word: String) throws {
    let folder = try TemporaryFolder()
    try Data(text.utf8).write(to: folder.url.appending(path: "f"))
    let error = #expect(throws: EvaluationError.self) { try Judgements(path: folder.path("f")) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(word))
  }

  @Test(
    arguments: [
      ("q1 Q0 d1 1 0.5", "tag"), ("q1 Q0 d1 1 nan t", "nan"), ("q1 Q0 d1 1 x t", "x"),
      ("q Q0 d 1 1 t\nq Q0 d 2 1 t", "twice"), ("\n \n", "none"), (#"{"id":"a"}"#, "hits"),
      (#"{"id":"a","hits":[{"id":"b"}]}"#, "an id and a score"),
      (#"{"id":"a","hits":[]}"# + "\n" + #"{"id":"a","hits":[]}"#, "again"),
    ])
  func `runs that are none`(text: String, word: String) throws {
    let folder = try TemporaryFolder()
    try Data(text.utf8).write(to: folder.url.appending(path: "f"))
    let error = #expect(throws: EvaluationError.self) { try RankedRun(path: folder.path("f")) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(word))
  }

  @Test func `a run of another collection`() throws {
    var other = RankedRun()
    other.add([.init(document: "d1", score: 1)], of: "x")
    #expect(throws: EvaluationError.nothingInCommon) {
      try Evaluation(other, judgements, [.ndcg(10)])
    }
  }
}

enum Cases {
  static func path(_ name: String) -> String {
    Bundle.module.url(forResource: "Cases", withExtension: nil)?.appending(path: name).path ?? name
  }
}
