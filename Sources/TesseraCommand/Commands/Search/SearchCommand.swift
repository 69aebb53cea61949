import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraRetrieval

struct SearchCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Finds what an index has nearest to each query.",
    discussion: """
      Short form: tessera search --in photos.tessera "a whale" @logo.png "@logo.png but at night"
      where @FILE is an image, and what follows behind a space is the text fused with it. Scores are \
      cosines unless --mode says otherwise, or the index has none: one of a model that gives each token a \
      vector is asked by late interaction, as --mode colbert does. Every row is compared, and of equal \
      scores the one that was indexed first is first.

      --where takes a condition on what is known of rows:
        kind = picture and width >= 1000 and not folder like '%old%'
        taken >= 2024-05 and (tags contains sea or price < 9.50)
      Fields: id, text, path, folder, name, kind (picture, text, pair, vector), line, width, height, \
      bytes, modified, taken, and those that items brought along, deeper ones as a.b; metadata.X is \
      an item's own X where a fact has the same name. Tests: = != < <= > >=, in (a, b), like 'a%', \
      contains, exists, missing; and, or, not, parentheses. A test of a field that a row lacks is \
      false.
      """)

  @OptionGroup var model: ModelOptions
  @Option(name: .customLong("in"), help: StoreAddress.help, completion: .directory)
  var index: String
  @OptionGroup var query: QueryOptions
  @OptionGroup var comparison: ComparisonOptions
  @Option(
    name: .short, parsing: .unconditional,
    help: "How many hits are given for a query; 10 by default.") var k: Int?
  @Option(parsing: .unconditional, help: "Hits that are passed over first, for a further page.")
  var offset = 0
  @Flag(help: "All rows, best first, as far as --min-score lets them.") var all = false
  @Option(parsing: .unconditional, help: "Hits with a lower score are left out.")
  var minScore: Float?
  @Flag(
    help: ArgumentHelp(
      "Beside each score, how it stands out from those of all rows: in standard deviations, and how "
        + "likely it is by chance. A score alone says little of whether anything fits."))
  var calibrate = false
  @Flag(
    help: ArgumentHelp(
      "Which words and which parts of a picture carried each hit, as tessera explain finds out: it "
        + "encodes the hit again, without each of them in turn. In late interaction, which words of the "
        + "query found something, and which of a text they found."))
  var explain = false
  @Option(name: .customLong("where"), help: "A condition on what is known of rows.")
  var condition: String?
  @Option(help: "How hits are written; html is a page with thumbnails that needs no network.")
  var format = HitFormat.table
  @Option(
    name: .shortAndLong, help: "File to write; standard output otherwise.", completion: .file())
  var output: String?

  func check() throws {
    if let k, k <= 0 { throw ValidationError("-k is \(k); expected a positive number.") }
    if k != nil, all { throw ValidationError("Give either -k or --all.") }
    guard offset >= 0 else { throw ValidationError("--offset is \(offset); expected 0 or more.") }
    if calibrate, format == .paths || format == .trec {
      throw ValidationError("--calibrate: \(format.rawValue) has no place for it.")
    }
    if calibrate, !comparison.isPlain {
      throw ValidationError("--calibrate is for cosines: --mode dense without --rerank.")
    }
    if query.isMade, !comparison.isPlain {
      throw ValidationError(
        "--vectors, --plus and --minus ask with a vector alone: --mode dense without --rerank.")
    }
    if explain, query.isMade {
      throw ValidationError("--explain takes items apart, not vectors, --plus or --minus.")
    }
    if explain, format == .paths || format == .trec {
      throw ValidationError("--explain: \(format.rawValue) has no place for it.")
    }
    if let minScore, !minScore.isFinite { throw ValidationError("--min-score is not a number.") }
    if let condition {
      do { _ = try Filter(condition) } catch { throw ValidationError("\(error)") }
    }
  }

  func run() throws {
    let planned = try PlannedOutputs(output)
    try planned.spareIndex(StoreAddress(index))
    try planned.spareModel(model.model.location)
    try query.spare(planned)
    let store = try StoreAddress(index).reading()
    let comparison = try comparison.comparison(of: store, model)
    let queries = try query.queries(model, of: store, comparison.kinds)
    if calibrate { try store.requireDense() }
    let request = try request()
    let output = try OutputFile(path: output)
    let writer = format.writer(to: output, firstRank: offset + 1)
    try writer.begin(index: index, condition: condition)
    var answers = Answers(
      comparison: comparison, request: request, planned: planned, writer: writer,
      explainer: explain ? try queries.embedder.map { try HitExplainer(embedder: $0) } : nil,
      // Of a server only the best scores come.
      calibrated: calibrate ? try DiskStore(reading: StoreAddress(index).folder()) : nil)
    try queries.forEachBatch { batch in
      try answers.write(batch)
      try output.flush()
    }
    try writer.end()
    try output.finish()
    comparison.printNotices()
    if !answers.isAnyFound { try store.noteMissingFields(of: request.filter) }
    if answers.failures > 0 { throw ExitCode(1) }
  }

  private func request() throws -> StoreRequest {
    StoreRequest(
      limit: all ? .max : k ?? 10, offset: offset, filter: try condition.map { try Filter($0) },
      minimumScore: minScore)
  }
}

/// Answers, query after query, as they are written.
private struct Answers {
  let comparison: Comparison
  let request: StoreRequest
  let planned: PlannedOutputs
  let writer: any HitWriter
  let explainer: HitExplainer?
  /// What tells how usual a score is; nil where nobody asks.
  let calibrated: DiskStore?
  private(set) var failures = 0
  private(set) var isAnyFound = false

  mutating func write(_ batch: [Query]) throws {
    let asked = batch.filter { (try? $0.vectors.get()) != nil }
    var hits = try comparison.hits(of: asked, request).makeIterator()
    var backgrounds =
      (try calibrated?.backgrounds(
        of: asked.compactMap { try? $0.vectors.get().vector }, filter: request.filter) ?? [])
      .makeIterator()
    for query in batch {
      try planned.spare(query.item)
      switch query.vectors {
      case .success:
        let found = hits.next() ?? []
        for hit in found { try planned.spare(hit.item) }
        isAnyFound = isAnyFound || !found.isEmpty
        let answer = Answer(
          hits: found, background: backgrounds.next(),
          explanations: try explainer?.explanations(of: found, for: query))
        try writer.write(query.row, .success(answer))
      case .failure(let error):
        failures += 1
        StandardError.write("error: \(error.message)")
        try writer.write(query.row, .failure(error))
      }
    }
  }
}
