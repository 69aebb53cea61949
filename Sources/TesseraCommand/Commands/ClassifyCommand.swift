import ArgumentParser
import Foundation
import TesseraEmbedders

struct ClassifyCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Says how images, or texts, are distributed over labels.",
    discussion: """
      Images: which of some labels fits each best, with a model of two towers; labels that hold \
      commas go into a file. Texts, and pairs of texts: with a classifier, such as a model for \
      entailment, whose labels are its own. In a file of texts, "text_pair" is the second text.
      """)

  @OptionGroup var model: ModelOptions
  @Option(
    parsing: .upToNextOption,
    help: "Image files, folders of them, patterns such as \"*.png\", or - for standard input.",
    completion: .file())
  var image: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: "A text; may be repeated.")
  var text: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: "The second text of a pair, one for each --text.")
  var textPair: [String] = []
  @OptionGroup var file: ItemFileOptions
  @OptionGroup var pairs: PairOptions
  @Option(help: "Labels, separated by commas.") var labels: String?
  @Option(help: "File with a label a line.", completion: .file()) var labelsFile: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help:
      "Sentence around a label, {} in its place; several are averaged. By default: a photo of a {}")
  var template: [String] = []
  @Option(help: "How the probabilities are written.") var format = ClassificationFormat.table

  func check() throws {
    guard [!image.isEmpty, !text.isEmpty, file.input != nil].count(where: { $0 }) == 1 else {
      throw ValidationError("Give either images with --image, or texts with --text or --input.")
    }
    guard !image.isEmpty else { return try checkTexts() }
    guard textPair.isEmpty else { throw ValidationError("--text-pair goes with --text.") }
    guard (labels == nil) != (labelsFile == nil) else {
      throw ValidationError("Give labels either with --labels or with --labels-file.")
    }
    if let template = template.first(where: { !$0.contains(ZeroShotClassifier.placeholder) }) {
      throw ValidationError("The template \"\(template)\" has no {} for the label.")
    }
  }

  private func checkTexts() throws {
    guard labels == nil, labelsFile == nil, template.isEmpty else {
      throw ValidationError("Labels are for images; a classifier of texts has its own.")
    }
    guard textPair.isEmpty || textPair.count == text.count else {
      throw ValidationError("\(text.count) texts with \(textPair.count) second texts.")
    }
  }

  func run() throws {
    guard !image.isEmpty else { return try classifyTexts() }
    let images = try image.flatMap(PictureFiles.named)
    let labels = try LabelList(commaSeparated: labels, file: labelsFile).labels
    let embedder = try model.loadEmbedder()
    let classifier =
      template.isEmpty
      ? try ZeroShotClassifier(embedder, labels: labels)
      : try ZeroShotClassifier(embedder, labels: labels, templates: template)
    if !classifier.areProbabilitiesExclusive {
      StandardError.note(
        "this model judges each label by itself: the probabilities of an image do not sum to one")
    }
    var outcome = Outcome()
    for prompt in classifier.prompts {
      outcome.note(prompt.embedding, of: "\"\(prompt.text.prefix(60))\"")
    }
    let output = try OutputFile(path: nil)
    let source = ItemSource(images: images)
    let progress = Progress("classified", of: source)
    try source.forEachBatch { batch in
      for (row, result) in try embedder.encode(batch) {
        outcome.note(result, of: row)
        let probabilities = result.map { classifier.probabilities(of: $0) }
        try output.write(format.text(row, labels, probabilities))
      }
      outcome.notePictures(of: batch, readAs: model.pixels)
      try output.flush()
      progress.advance(by: batch.count)
    }
    progress.end()
    try output.finish()
    try outcome.end()
  }
}
