import ArgumentParser
import TesseraEmbedders

struct RerankCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "rerank",
    abstract: "Puts texts into order for each query, by a model that reads both together.",
    discussion: """
      A cross-encoder, such as bge-reranker-v2-m3, gives one number a pair of texts, its logit; the \
      score is the logit's sigmoid. Hits are sorted by logit, as scores of good hits may all be 1.

      Short form: tessera rerank -m bge-reranker-v2-m3 "how many people live in Berlin?" --among \
      DOCS.jsonl
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, jsonl }

  @OptionGroup var model: ModelOptions
  @OptionGroup var pairs: PairOptions
  @Option(
    help: "File of the texts to be put into order, as encode's --input, or - for standard input.",
    completion: .file())
  var among: String?
  @OptionGroup var queries: QueryFileOptions
  @Option(
    name: .short, parsing: .unconditional,
    help: "How many hits are given for a query; all by default.") var k: Int?
  @Flag(help: "Logits only, without the scores from 0 to 1.") var raw = false
  @Option(help: "How the hits are written.") var format = Format.table
  @Argument(help: "Queries, each a text.") var query: [String] = []

  func check() throws {
    _ = try ArgumentCheck.require(among, "--among <among>")
    try queries.check(beside: query)
    if let k, k <= 0 { throw ValidationError("-k is \(k); expected a positive number.") }
  }

  func run() throws {
    let reranker = try model.loadReranker(pairs)
    guard reranker.labels.count == 1 else {
      throw EmbedderError.notAReranker(labels: reranker.labels)
    }
    var outcome = Outcome()
    var passages: [Passage] = []
    try ItemSource(path: among ?? "-", format: queries.inputFormat).forEachBatch { batch in
      passages += batch.map { Passage($0) }
    }
    for passage in passages {
      if case .failure(let failure) = passage.text {
        outcome.noteFailure(passage.row.message(failure))
      }
    }
    let output = try OutputFile(path: nil)
    let lines =
      query.enumerated().map { ItemLine(index: $0, text: $1, image: nil) }
    let source = try queries.source() ?? ItemSource(lines: lines)
    let writer = RerankedHits(
      output: output, format: format, count: k ?? .max, isRaw: raw,
      namesQueries: queries.queries != nil || query.count > 1)
    try source.forEachBatch { batch in
      for line in batch {
        try writer.write(line, reranker.ranking(of: passages, for: line, &outcome))
        try output.flush()
      }
    }
    try output.finish()
    try outcome.end()
  }
}

/// How pairs of texts are read.
struct PairOptions: ParsableArguments {
  @Option(
    help: """
      Which text is cut where both are longer than the limit: longest-first, as \
      sentence-transformers does, or only-second, which never cuts the query.
      """)
  var truncation = Reranker.Truncation.longestFirst
}

extension Reranker.Truncation: ExpressibleByArgument {}
