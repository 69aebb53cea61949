import ArgumentParser
import Foundation
import TesseraEmbedders

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Says which of some labels fits each image best, with a model of two towers.",
    discussion: "Labels that hold commas go into a file.")

  @OptionGroup var model: ModelOptions
  @Option(parsing: .upToNextOption, help: "Image files.") var image: [String]
  @Option(help: "Labels, separated by commas.") var labels: String?
  @Option(help: "File with a label a line.") var labelsFile: String?
  @Option(
    help:
      "Sentence around a label, {} in its place; several are averaged. By default: a photo of a {}")
  var template: [String] = []
  @Option(help: "How the probabilities are written.") var format = ClassificationFormat.table

  func validate() throws {
    guard (labels == nil) != (labelsFile == nil) else {
      throw ValidationError("Give labels either with --labels or with --labels-file.")
    }
    if let template = template.first(where: { !$0.contains(ZeroShotClassifier.placeholder) }) {
      throw ValidationError("The template \"\(template)\" has no {} for the label.")
    }
  }

  func run() throws {
    let labels = try LabelList(commaSeparated: labels, file: labelsFile).labels
    let embedder = try model.loadEmbedder()
    let classifier =
      template.isEmpty
      ? try ZeroShotClassifier(embedder, labels: labels)
      : try ZeroShotClassifier(embedder, labels: labels, templates: template)
    var notices = Notices()
    for prompt in classifier.prompts {
      notices.note(prompt.embedding, of: "\"\(prompt.text.prefix(60))\"")
    }
    let output = try OutputFile(path: nil)
    var failures = 0
    let lines = image.enumerated().map { ItemLine(index: $0, text: nil, image: $1) }
    try ItemSource(lines: lines).forEachBatch { batch in
      for (row, result) in try embedder.encode(batch) {
        if case .failure(let error) = result {
          failures += 1
          StandardError.write("error: \(row.message(error))")
        }
        let probabilities = result.map { classifier.probabilities(of: $0) }
        try output.write(format.text(row, labels, probabilities))
      }
      try output.flush()
    }
    try output.finish()
    notices.print()
    if failures > 0 { throw ExitCode(1) }
  }
}
