import ArgumentParser
import TesseraEmbedders
import TesseraRetrieval
import TesseraTensors

struct BenchSearchCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Times exact search, beside the time that memory takes to deliver the vectors.",
    discussion: """
      Searching and reading take turns; times are medians, and a search's is of one query. What is \
      found is compared with a plain loop in double precision: recall.
      """)

  @Option(name: .customLong("in"), help: "The vectors of an index.") var index: String?
  @Option(help: "Vectors: a matrix of float32 as .npy.", completion: .file()) var vectors: String?
  @Option(parsing: .unconditional, help: "Made-up vectors: how many.") var rows: Int?
  @Option(parsing: .unconditional, help: "Made-up vectors: numbers in each; 768 by default.")
  var dimensions: Int?
  @Option(help: "Queries: a matrix of float32 as .npy; made up by default.", completion: .file())
  var queries: String?
  @Option(name: .short, parsing: .unconditional, help: "How many rows are found for a query.")
  var k = 10
  @Option(
    parsing: .unconditional,
    help: "Threads that compute; as many as there are processors by default.")
  var threads: Int?
  @Option(help: "float32, or int8: codes first, then float32 for what may be among the best.")
  var precision = ExactSearch.Precision.int8
  @Option(parsing: .unconditional, help: "Queries that are asked together.") var batch = 1
  @Option(parsing: .unconditional, help: "Seconds of repetitions, after one to warm up.")
  var seconds = 2.0
  @Option(parsing: .unconditional, help: "Repetitions at least.") var repetitions = 5
  @Option(help: "table, or json.") var format = ReportFormat.table

  func check() throws {
    guard [index != nil, vectors != nil, rows != nil].count(where: { $0 }) == 1 else {
      throw ValidationError(
        "Give the vectors either as an index, --in, as a file, --vectors, or as a number, --rows.")
    }
    guard rows != nil || dimensions == nil else {
      throw ValidationError("--dimensions is for made-up vectors; others have their own.")
    }
    for (name, value) in [
      ("--rows", rows ?? 1), ("--dimensions", dimensions ?? 1), ("-k", k),
      ("--threads", threads ?? 1), ("--batch", batch), ("--repetitions", repetitions),
    ] where value <= 0 {
      throw ValidationError("\(name) is \(value); expected a positive number.")
    }
    guard seconds > 0 else {
      throw ValidationError("--seconds is \(seconds); expected a positive number.")
    }
  }

  func run() throws {
    if let threads { Embedder.threadCount = threads }
    let (blocks, dead) = try searched()
    guard let dimension = blocks.first?.dimension else { throw Nothing(what: "vectors") }
    let asked = try queries.map { try NumPyFile(path: $0).tensor } ?? madeUpQueries(dimension)
    guard asked.rowCount > 0 else { throw Nothing(what: "queries") }
    let benchmark = SearchBenchmark(
      blocks, excluding: dead, queries: asked, k: k, precision: precision, batch: batch)
    let measurement = try benchmark.measure(repetitions: repetitions, seconds: seconds)
    try SearchBenchmarkReport(benchmark, measurement).print(format)
  }

  private func searched() throws -> (blocks: [VectorBlock], dead: RowSet) {
    if let index { return try DiskStore(reading: index).searched() }
    if let vectors {
      let file = try NumPyFile(path: vectors)
      return ([VectorBlock(file.numbers, dimension: file.columns)], RowSet())
    }
    return ([.madeUp(rows: rows ?? 0, dimension: dimensions ?? 768, seed: 1)], RowSet())
  }

  private func madeUpQueries(_ dimension: Int) -> Tensor {
    let block = VectorBlock.madeUp(rows: max(32, batch), dimension: dimension, seed: 2)
    return Tensor(shape: [block.count, dimension]) { out in
      block.vectors.withNumbers { _ = out.initialize(fromContentsOf: $0) }
    }
  }

  private struct Nothing: Error, CustomStringConvertible {
    let what: String
    var description: String { "there are no \(what)" }
  }
}

extension ExactSearch.Precision: ExpressibleByArgument {}
