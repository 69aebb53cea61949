import ArgumentParser
import TesseraEmbedders
import TesseraStudy

struct ExplainCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Says why two items are as alike as they are.",
    discussion: """
      tessera explain -m MODEL "@logo.png whale" "@logo.png blue whale", where @FILE is an image, \
      and what follows behind a space is the text fused with it.

      Terms: the cosine is split by dimensions of the vectors, and, for either item with the other \
      held fixed, by what each attention head, feed-forward and bias of the text encoder (of either \
      tower, where there are two) adds directly. Every LayerNorm behind a part is frozen: its 1/σ is taken as it \
      was, so that it is linear, as in the logit lens and in direct logit attribution (Elhage et \
      al. 2021). Terms sum to the cosine; the residual is rounding. What a part does by way of \
      later layers is counted there.

      Influence: the attention of the tokens that become the vector, and leave-one-out: rows of the \
      sequence are dropped as they enter the encoder, words and blocks of patches alike, and the \
      others keep their positions. Of a picture with words, the image's effect is 1 − cosine with \
      the words alone, the text's effect is 1 − cosine with the picture alone, and the shares are \
      parts of their sum.
      """)

  @OptionGroup var model: ModelOptions
  @Option(parsing: .unconditional, help: "Groups of the vectors' dimensions.") var groups = 8
  @Option(
    parsing: .unconditional,
    help: "Groups of words that are left out in turn, at most; 0 for none.")
  var words = 32
  @Option(
    parsing: .unconditional,
    help: "Blocks of patches, along a side, that are left out in turn; 0 for none.")
  var patches = 4
  @Option(help: "table or json.") var format = ReportFormat.table
  @Argument(help: "A text, @IMAGE, or \"@IMAGE text\".") var first: String
  @Argument(help: "Another.") var second: String

  func check() throws {
    guard groups > 0, words >= 0, patches >= 0 else {
      throw ValidationError("--groups is at least 1, --words and --patches at least 0.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    let lines = [first, second].enumerated().map { ItemSource.line($0, shorthand: $1) }
    let explanation = try explain(lines[0].item.get(), lines[1].item.get(), by: embedder)
    try ExplanationReport(rows: lines.map(\.row), explanation: explanation).print(format)
    var notices = Notices()
    for line in lines { notices.note(try line.item.get(), readBy: embedder, at: line.row.place) }
    notices.print()
  }

  private func explain(_ first: Item, _ second: Item, by embedder: Embedder) throws -> Explanation {
    defer { StandardError.rewrite("") }
    return try embedder.explain(
      first, second,
      options: .init(dimensionGroups: groups, wordGroups: words, patchBlocks: patches)
    ) { StandardError.rewrite("computed \($0.completed) of \($0.total) sequences") }
  }
}
