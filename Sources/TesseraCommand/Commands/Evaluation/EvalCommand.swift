import ArgumentParser
import TesseraEmbedders
import TesseraRetrieval

struct EvalCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measures a ranking against judgements: of an index, or of a run in a file.",
    discussion: """
      tessera eval --in photos.tessera --queries queries.jsonl --qrels qrels.tsv
      tessera eval --run run.trec --qrels qrels.trec --against other.trec

      Measures are trec_eval's: of equal scores the larger id comes first, a gain is the grade itself, \
      and recall is of all relevant documents. Means are over all judged queries, of which one \
      without hits counts 0; --complete no leaves it out, as trec_eval does by default.

      --queries takes a folder of BEIR's (queries.jsonl, qrels/test.tsv) or JSON lines of items, text, \
      image or both, with an id. An item may bring its judgements along instead of --qrels: \
      "relevant": ["a", "b"], or {"a": 2, "b": 1}. --qrels takes TREC's columns, BEIR's, or JSON lines \
      with query-id, corpus-id and score; --run TREC's columns, or what tessera search writes with \
      --format jsonl.
      """)

  enum Complete: String, ExpressibleByArgument, CaseIterable { case yes, no }

  @OptionGroup var model: ModelOptions
  @Option(name: .customLong("in"), help: "An index that is asked, as search takes it.") var index:
    String?
  @Option(help: "What the index is asked.", completion: .file()) var queries: String?
  @OptionGroup var comparison: ComparisonOptions
  @Option(name: .customLong("run"), help: "A run instead of an index.") var runFile: String?
  @Option(help: "Judgements; by default those that come with the queries.", completion: .file())
  var qrels: String?
  @Option(
    help: "Another run, with which each measure is compared by a paired test.", completion: .file())
  var against: String?
  @Option(name: .customLong("at"), help: "Places at which rankings are cut, separated by commas.")
  var cuts = CutList(cuts: [1, 3, 5, 10, 100])
  @Option(parsing: .unconditional, help: "Hits that the index gives for a query; 1000 by default.")
  var depth: Int?
  @Option(help: "Whether judged queries without hits count: yes or no.") var complete = Complete.yes
  @Flag(help: "Leave out hits that are the query itself.") var ignoreIdentical = false
  @Flag(help: "The measures of each query too.") var perQuery = false
  @Option(help: "table, or json: with --per-query an object a line, the means last.")
  var format = ReportFormat.table

  func check() throws {
    guard (index == nil) != (runFile == nil) else {
      throw ValidationError("Give either an index, --in, or a run, --run.")
    }
    if runFile != nil {
      guard queries == nil, depth == nil else {
        throw ValidationError("--queries and --depth are for an index, --in.")
      }
      guard comparison.isPlain else {
        throw ValidationError("--mode and --rerank are for an index, --in.")
      }
      guard !model.isAnyGiven else {
        throw ValidationError("A run has its hits: no model runs, and no option of one is of use.")
      }
      guard qrels != nil else { throw ValidationError("A run needs judgements: --qrels.") }
    } else if queries == nil {
      throw ValidationError("An index needs something to be asked: --queries.")
    }
    if let depth, depth <= 0 {
      throw ValidationError("--depth is \(depth); expected a positive number.")
    }
  }

  func run() throws {
    let other = try against.map { try RankedRun(path: $0) }
    let (found, judgements, failures) = try ranking()
    let measures = Measure.all(at: cuts.cuts)
    func evaluate(_ run: RankedRun, beside other: RankedRun?) throws -> Evaluation {
      try Evaluation(
        ignoreIdentical ? run.withoutIdentical : run, judgements, measures,
        coverage: complete == .yes ? .allJudged : .found, beside: other)
    }
    let evaluation = try evaluate(found, beside: other)
    let second = try other.map { try evaluate($0, beside: found) }
    evaluation.notes.forEach(StandardError.note)
    try EvaluationReport(evaluation, against: second, perQuery: perQuery).print(format)
    if failures > 0 { throw ExitCode(1) }
  }

  /// What is measured, and how many queries failed.
  private func ranking() throws -> (RankedRun, Judgements, failures: Int) {
    let given = try qrels.map { try Judgements(path: $0) }
    if let runFile { return (try RankedRun(path: runFile), given ?? Judgements(), 0) }
    let questions = try Questions(path: queries ?? "", judgements: given)
    let answered = try questions.ask(index ?? "", model, comparison, depth: depth ?? 1000)
    return (answered.run, try answered.judgements.orThrow(queries ?? ""), answered.failures)
  }
}

/// Places at which rankings are cut.
struct CutList: ExpressibleByArgument {
  let cuts: [Int]

  init(cuts: [Int]) { self.cuts = cuts }

  init?(argument: String) {
    let cuts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard cuts.allSatisfy({ $0 > 0 }), !cuts.isEmpty else { return nil }
    self.cuts = Set(cuts).sorted()
  }

  var defaultValueDescription: String { cuts.map(String.init).joined(separator: ",") }
}
