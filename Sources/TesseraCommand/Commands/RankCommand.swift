import ArgumentParser
import TesseraEmbedders

struct RankCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rank",
    abstract: "Finds the items that are nearest to each query, by the cosine of their vectors.",
    discussion: """
      Short form: tessera rank --among ITEMS.jsonl "a whale" @logo.png "@logo.png make it red"
      where @FILE is an image, and what follows behind a space is the text fused with it.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, jsonl }

  @OptionGroup var model: ModelOptions
  @Option(help: "JSONL file of the items to choose from.") var among: String
  @Option(help: "JSONL file of queries, or - for standard input.") var queries: String?
  @Option(help: "How many items are shown for a query.") var top = 3
  @Option(help: "How the hits are written.") var format = Format.table
  @Argument(help: "Queries: a text, @IMAGE, or \"@IMAGE text\".") var query: [String] = []

  func validate() throws {
    guard (queries == nil) != query.isEmpty else {
      throw ValidationError("Give queries either as arguments or with --queries.")
    }
    guard top > 0 else {
      throw ValidationError("--top is \(top); expected a positive number.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    var notices = Notices()
    var failures = 0
    func encode(_ source: ItemSource, _ body: (ItemRow, Embedding?, String?) throws -> Void) throws
    {
      try source.forEachBatch { batch in
        for (row, result) in try embedder.encode(batch) {
          switch result {
          case .success(let embedding):
            notices.note(embedding, of: row.place)
            try body(row, embedding, nil)
          case .failure(let error):
            failures += 1
            StandardError.write("error: \(row.message(error))")
            try body(row, nil, row.message(error))
          }
        }
      }
    }
    var items = RankedItems()
    try encode(try ItemSource(path: among)) { row, embedding, _ in
      if let embedding { try items.add(row, embedding) }
    }
    let output = try OutputFile(path: nil)
    let source = try queries.map { try ItemSource(path: $0) } ?? ItemSource(shorthand: query)
    try encode(source) { row, embedding, error in
      let ranking = try Ranking(query: row, embedding, error, among: items, top: top)
      try output.write(format == .jsonl ? ranking.json : ranking.table)
      try output.flush()
    }
    try output.finish()
    notices.print()
    if failures > 0 { throw ExitCode(1) }
  }
}
