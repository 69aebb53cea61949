import ArgumentParser
import TesseraEmbedders

struct RankCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "rank",
    abstract: "Finds the items that are nearest to each query, by the cosine of their vectors.",
    discussion: """
      Short form: tessera rank --among ITEMS.jsonl "a whale" @logo.png "@logo.png make it red"
      where @FILE is an image, and what follows behind a space is the text fused with it.

      A model that gives each token a vector, and no other (ColBERT), is asked by late interaction: for \
      each token of the query the best cosine among an item's tokens, averaged.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, jsonl }

  @OptionGroup var model: ModelOptions
  @Option(
    help: "File of the items to choose from, as encode's --input, or a folder of images.",
    completion: .file())
  var among: String?
  @OptionGroup var queries: QueryFileOptions
  @Option(
    parsing: .unconditional,
    help: """
      What stands before the texts to choose from, as --prompt does before queries; by default the \
      folder's prompt for documents.
      """)
  var amongPrompt: String?
  @Option(
    name: [.long, .customShort("k")], parsing: .unconditional,
    help: "How many items are shown for a query.")
  var top = 3
  @OptionGroup var reranking: RerankOptions
  @Option(help: "How the hits are written.") var format = Format.table
  @Argument(help: "Queries: a text, @IMAGE, or \"@IMAGE text\".") var query: [String] = []

  func check() throws {
    _ = try ArgumentCheck.require(among, "--among <among>")
    try queries.check(beside: query)
    guard top > 0 else {
      throw ValidationError("--top is \(top); expected a positive number.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder(as: .query)
    let itemPrompt = amongPrompt.map { Prompt.nameOrText($0) } ?? .document
    try embedder.notePrompt(itemPrompt, of: "text to choose from")
    var outcome = Outcome()
    var items = RankedItems(of: embedder)
    let kind = items.kind
    func encode(
      _ source: ItemSource, _ verb: String, behind prompt: Prompt? = nil,
      _ body: (ItemLine, Result<Embedding, ItemFailure>) throws -> Void
    ) throws {
      let progress = Progress(verb, of: source)
      try source.forEachBatch { lines in
        let batch = prompt.map { prompt in lines.map { $0.behind(prompt) } } ?? lines
        for (line, (row, result)) in zip(batch, try embedder.encode(batch, returning: [kind])) {
          outcome.note(result, of: row)
          try body(line, result)
        }
        outcome.notePictures(of: batch, readAs: model.pixels)
        progress.advance(by: batch.count)
      }
      progress.end()
    }
    let reordering = try reranking.loaded(model)
    let choice = try ItemSource(path: among ?? "-", format: queries.inputFormat)
    try encode(choice, "encoded items", behind: itemPrompt) { line, result in
      if let item = try? line.item.get(), let embedding = try? result.get() {
        try items.add(line.row, item, embedding)
      }
    }
    let output = try OutputFile(path: nil)
    let source = try queries.source() ?? ItemSource(shorthand: query)
    try encode(source, "ranked for queries") { line, result in
      let ranking = try Ranking(query: line.row, result, among: items, top: top, reordering)
      try output.write(format == .jsonl ? ranking.json : ranking.table)
      try output.flush()
    }
    try output.finish()
    reordering?.notices.print()
    try outcome.end()
  }
}
