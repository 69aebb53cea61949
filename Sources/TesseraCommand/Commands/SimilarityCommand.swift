import ArgumentParser
import Foundation
import TesseraEmbedders

struct SimilarityCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "similarity",
    abstract:
      "Compares items with one another by the cosine of their vectors, or as their model says.",
    discussion: """
      Short form: tessera similarity -m MODEL "a whale" @logo.png "@logo.png blue whale"
      where @FILE is an image, and what follows behind a space is the text fused with it. \
      A text that begins with @ needs --input.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var file: ItemFileOptions
  @Option(help: "How the scores are written.") var format = ReportFormat.table
  @Option(
    help: """
      What is compared: dense, by the measure that the folder names, cosine where it names none; \
      cosine, dot, euclidean, manhattan (distances are negative); sparse, colbert and hybrid need a \
      model that gives such vectors.
      """)
  var mode = ScoringMode.dense
  @Option(
    help: "Weights of dense, sparse and colbert in hybrid, separated by commas; 1,1,1 by default.")
  var weights: HybridWeights?
  @Argument(help: "Items: a text, @IMAGE, or \"@IMAGE text\".") var items: [String] = []

  func check() throws {
    guard (file.input == nil) != items.isEmpty else {
      throw ValidationError("Give items either as arguments or with --input.")
    }
    if weights != nil, mode != .hybrid {
      throw ValidationError("--weights is for --mode hybrid.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    var outcome = Outcome()
    var rows: [(row: ItemRow, result: Result<Embedding, ItemFailure>)] = []
    let source = try file.source() ?? ItemSource(shorthand: items)
    let progress = Progress("encoded", of: source)
    try source.forEachBatch { batch in
      rows += try embedder.encode(batch, returning: mode.kinds)
      outcome.notePictures(of: batch, readAs: model.pixels)
      progress.advance(by: batch.count)
    }
    progress.end()
    for (row, result) in rows { outcome.note(result, of: row) }
    let function = embedder.similarityFunction
    if mode == .dense, function != .cosine {
      StandardError.note("scores are by the measure of the model's folder: \(function.rawValue)")
    }
    let matrix = SimilarityMatrix(rows) { mode.score($0, $1, weights ?? .equal, function) }
    try matrix.write(format, to: OutputFile(path: nil))
    try outcome.end()
  }
}
