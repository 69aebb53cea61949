import ArgumentParser
import Embedders

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Shows the sequence that a model would read of each item, and computes nothing.",
    discussion: """
      Short form: tessera plan -m MODEL "blue whale" "@logo.png whale", where @FILE is an image, and \
      what follows behind a space is the text fused with it. Each row has its position and its \
      token or patch; words are as the tokenizer's normalizer leaves them. Words that the \
      vocabulary lacks, and words beyond the limit, are named. Of two items, the difference between \
      their sequences is shown: where there is none, both get the same vector.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  @OptionGroup var model: ModelOptions
  @Option(help: "A text.") var text: String?
  @Option(help: "An image file: PNG, JPEG or WebP.") var image: String?
  @Option(help: "table or json.") var format = Format.table
  @Argument(help: "Items: a text, @IMAGE, or \"@IMAGE text\".") var items: [String] = []

  func validate() throws {
    guard (text != nil || image != nil) == items.isEmpty else {
      throw ValidationError("Give items either as arguments or with --text and/or --image.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    let lines =
      items.isEmpty
      ? [ItemLine(index: 0, text: text, image: image)]
      : items.enumerated().map { ItemSource.line($0, shorthand: $1) }
    let report = PlanReport(
      plans: try lines.map { ($0.row, try embedder.plan(for: $0.item.get())) })
    let output = try OutputFile(path: nil)
    try output.write(format == .json ? report.json : report.table)
    try output.finish()
  }
}
