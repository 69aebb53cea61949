import ArgumentParser

/// Queries from a file where they are no arguments, and how files of queries and items are read.
struct QueryFileOptions: ParsableArguments {
  @Option(
    help: "File of queries, as encode's --input, or - for standard input.", completion: .file())
  var queries: String?
  @Option(help: "How both files are read, whatever their endings: jsonl, text, csv or tsv.")
  var inputFormat: InputFormat?

  /// Nil where queries are arguments.
  func source() throws -> ItemSource? {
    try queries.map { try ItemSource(path: $0, format: inputFormat) }
  }

  /// - Parameter arguments: the queries among the arguments.
  /// - Throws: `ValidationError` where there are both, or neither.
  func check(beside arguments: [String]) throws {
    guard (queries == nil) != arguments.isEmpty else {
      throw ValidationError("Give queries either as arguments or with --queries.")
    }
  }
}
