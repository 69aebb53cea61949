import ArgumentParser
import Embedders
import Foundation

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Turns texts, images, or images with texts into vectors, one row an item.",
    discussion: """
      --text and --image together are one fused item. A JSONL file holds one item a line:
      {"text": …, "image": …, "id": …}; further fields are carried into the row.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var items: ItemOptions

  @Option(help: "\(RowFormat.list).") var format = RowFormat.jsonl
  @Option(name: .shortAndLong, help: "File to write; standard output otherwise.")
  var output: String?
  @Option(
    name: .customLong("return"),
    help: "Kinds of vectors, separated by commas: dense, sparse, colbert (BGE-M3).")
  var kinds = VectorKindList([.dense])
  @Flag(help: "Write lexical weights by token, not by id.") var lexicalTokens = false
  @Option(help: "Save every intermediate activation of one item, by PyTorch's module paths.")
  var trace: String?

  func validate() throws {
    if trace != nil, items.input != nil {
      throw ValidationError("--trace records one item: give it with --text and --image.")
    }
    if format.holdsOnlyDense, kinds.kinds != [.dense] {
      throw ValidationError("\(format.rawValue) holds dense vectors only; use jsonl or json.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    let output = try OutputFile(path: output)
    let rows = format.writer(
      to: output, dimension: embedder.dimension,
      tokenName: lexicalTokens ? { embedder.token($0) } : nil)
    var notices = Notices()
    var failures = 0

    if let trace {
      let (item, row) = try items.single()
      let traced = try embedder.encodeTracing(item)
      try traced.save(to: URL(filePath: trace))
      notices.note(traced.embedding, of: row)
      try rows.write(row, .success(traced.embedding))
    } else {
      try items.forEachBatch { batch in
        for (row, result) in try embedder.encode(batch, returning: kinds.kinds) {
          if case .success(let embedding) = result { notices.note(embedding, of: row) }
          if case .failure(let error) = result {
            failures += 1
            StandardError.write("error: \(row.place): \(error)")
          }
          try rows.write(row, result)
        }
        try output.flush()
      }
    }
    try rows.finish()
    notices.print()
    if failures > 0 { throw ExitCode(1) }
  }
}
