import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraStudy

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Turns texts, images, or images with texts into vectors, one row an item.",
    discussion: """
      --text and --image together are one fused item. A JSONL file holds one item a line: \
      {"text": …, "image": …, "id": …}. A row begins with the item's "index", counted from 0; \
      further fields of the item are carried into it, save those that the row writes itself: \
      index, error, embedding, lexical_weights, colbert_vecs.

      An item that fails is a row with "error" (in npy and safetensors, a row of NaN), and the \
      exit status is 1 after the rest is done.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var items: ItemOptions

  @Option(help: "base64 is jsonl with each vector as little-endian float32.")
  var format = RowFormat.jsonl
  @Option(name: .shortAndLong, help: "File to write; standard output otherwise.")
  var output: String?
  @Option(
    name: .customLong("return"),
    help:
      "Kinds of vectors, separated by commas: dense, sparse, colbert, as far as the model gives them."
  )
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
    if lexicalTokens, !kinds.kinds.contains(.sparse) {
      throw ValidationError("--lexical-tokens needs --return with sparse.")
    }
  }

  func run() throws {
    // One item need not wait. No file is emptied, nor much read, for a model that cannot be used.
    let isOneItem = items.input == nil && output == nil && trace == nil
    let embedder = try model.loadEmbedder(awaitingVocabulary: !isOneItem)
    let source = try items.source()
    let output = try OutputFile(path: output, whileReading: source.file)
    let rows = format.writer(
      to: output, dimension: embedder.dimension,
      tokenName: lexicalTokens ? { embedder.token($0) } : nil)
    var notices = Notices()
    var failures = 0
    try source.forEachBatch { batch in
      for (row, result) in try encode(batch, with: embedder) {
        switch result {
        case .success(let embedding): notices.note(embedding, of: row.place)
        case .failure(let error):
          failures += 1
          StandardError.write("error: \(row.message(error))")
        }
        try rows.write(row, result)
      }
      try output.flush()
    }
    try rows.finish()
    notices.print()
    if failures > 0 { throw ExitCode(1) }
  }

  private func encode(
    _ batch: [ItemLine], with embedder: Embedder
  ) throws -> [(row: ItemRow, result: Result<Embedding, ItemFailure>)] {
    guard let trace else { return try embedder.encode(batch, returning: kinds.kinds) }
    return try batch.map { line in
      do {
        let traced = try embedder.encodeTracing(try line.item.get(), returning: kinds.kinds)
        try traced.save(to: URL(filePath: trace))
        guard traced.embedding.isFinite else { throw EmbedderError.notFinite }
        return (line.row, .success(traced.embedding))
      } catch let error as EmbedderError {
        return (line.row, .failure(.encoding(error)))
      }
    }
  }
}
