import ArgumentParser
import TesseraEmbedders
import TesseraStudy

struct PlanCommand: ParsableCommand, CheckedArguments {
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

  @OptionGroup var model: ModelOptions
  @OptionGroup var single: SingleItemOptions
  @Option(help: "table or json.") var format = ReportFormat.table
  @Argument(help: "Items: a text, @IMAGE, or \"@IMAGE text\".") var items: [String] = []

  func check() throws {
    guard single.isGiven == items.isEmpty else {
      throw ValidationError("Give items either as arguments or with --text and/or --image.")
    }
  }

  func run() throws {
    let planner = try model.loadPlanner()
    let source =
      items.isEmpty ? ItemSource(lines: [single.line]) : ItemSource(shorthand: items)
    var lines: [ItemLine] = []
    try source.forEachBatch { lines += $0 }
    try PlanReport(plans: lines.map { ($0.row, try planner.plan(for: $0.item.get())) })
      .print(format)
  }
}
