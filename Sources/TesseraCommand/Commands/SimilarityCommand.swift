import ArgumentParser
import Foundation
import TesseraEmbedders

struct SimilarityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similarity",
    abstract: "Compares items with one another by the cosine of their vectors.",
    discussion: """
      Short form: tessera similarity -m MODEL "a whale" @logo.png "@logo.png blue whale"
      where @FILE is an image, and what follows behind a space is the text fused with it. \
      A text that begins with @ needs --input.
      """)

  @OptionGroup var model: ModelOptions
  @Option(help: "JSONL file of items, or - for standard input.") var input: String?
  @Option(help: "How the scores are written.") var format = ReportFormat.table
  @Option(help: "What is compared; all but dense need a model that gives such vectors.") var mode =
    ScoringMode.dense
  @Option(
    help: "Weights of dense, sparse and colbert in hybrid, separated by commas.")
  var weights = HybridWeights.equal
  @Argument(help: "Items: a text, @IMAGE, or \"@IMAGE text\".") var items: [String] = []

  func validate() throws {
    guard (input == nil) != items.isEmpty else {
      throw ValidationError("Give items either as arguments or with --input.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    var notices = Notices()
    var rows: [(row: ItemRow, result: Result<Embedding, ItemFailure>)] = []
    let source = try input.map { try ItemSource(path: $0) } ?? ItemSource(shorthand: items)
    try source.forEachBatch { rows += try embedder.encode($0, returning: mode.kinds) }
    for (row, result) in rows {
      switch result {
      case .success(let embedding): notices.note(embedding, of: row.place)
      case .failure(let error): StandardError.write("error: \(row.message(error))")
      }
    }
    let matrix = SimilarityMatrix(rows) { mode.score($0, $1, weights) }
    try matrix.print(format)
    notices.print()
    if matrix.hasFailures { throw ExitCode(1) }
  }
}
