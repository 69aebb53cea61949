import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraStudy

struct EncodeCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Turns texts, images, or images with texts into vectors, one row an item.",
    discussion: """
      One --text and one --image together are one fused item; several of either are an item each. \
      A JSONL file holds one item a line: {"text": …, "image": …, "id": …}; an image is a path, \
      looked up beside the file first, or a data: URL. A text file (.txt) has a text a line; CSV \
      and TSV files have a header that names the columns text and image. A row begins with the \
      item's "index", counted from 0; further fields of the item are carried into it, save those \
      that the row writes itself: index, error, embedding, lexical_weights, colbert_vecs.

      An item that fails is a row with "error" (in npy and safetensors, a row of NaN), and the \
      exit status is 1 after the rest is done.

      The file of --output is replaced when it is whole; a run that is interrupted leaves the old \
      one. With --resume, rows are added as they are done, and the same command goes on where it \
      was interrupted: items whose row is there, by "id" or else by "index", are passed over, and \
      those that failed are tried again. A row or two are computed again first, and where their \
      numbers are others, the rows are another model's, or of other options, and nothing is added.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var items: ItemOptions

  @Option(
    help:
      "jsonl, json, npy, safetensors, or base64: jsonl with each vector as little-endian float32."
  )
  var format = RowFormat.jsonl
  @Option(
    name: .shortAndLong, help: "File to write; standard output otherwise.", completion: .file())
  var output: String?
  @Flag(help: "Go on with the rows that --output already has.") var resume = false
  @Option(
    name: .customLong("return"),
    help:
      "Kinds of vectors, separated by commas: dense, sparse, colbert, as far as the model gives them."
  )
  var kinds = VectorKindList([.dense])
  @Flag(help: "Write lexical weights by token, not by id.") var lexicalTokens = false
  @Option(
    help: "Save every intermediate activation of one item, by PyTorch's module paths.",
    completion: .file(extensions: ["safetensors"]))
  var trace: String?

  func check() throws {
    if trace != nil, items.single == nil {
      throw ValidationError("--trace records one item: give it with --text and --image.")
    }
    if format.holdsOnlyDense, kinds.kinds != [.dense] {
      throw ValidationError("\(format.rawValue) holds dense vectors only; use jsonl or json.")
    }
    if lexicalTokens, !kinds.kinds.contains(.sparse) {
      throw ValidationError("--lexical-tokens needs --return with sparse.")
    }
    if resume, output == nil || output == "-" || !format.isALineARow {
      throw ValidationError("--resume needs --output, and a format of lines: jsonl or base64.")
    }
  }

  func run() throws {
    let planned = try PlannedOutputs(output, trace)
    try planned.spare(items.file.input)
    try planned.spareModel(model.model.location)
    // One item need not wait. Nothing is read for a model that cannot be used.
    let isOneItem = items.single != nil && output == nil && trace == nil
    let embedder = try model.loadEmbedder(awaitingVocabulary: !isOneItem)
    let source = try items.source()
    try planned.spare(source.file, "that is read")
    let done =
      try resume
      ? output.map { try DoneRows(continuing: $0, in: format, embedder.dimension) } : nil
    let output = try done?.output ?? OutputFile(path: output)
    let rows = format.writer(
      to: output, dimension: embedder.dimension,
      tokenName: lexicalTokens ? { embedder.token($0) } : nil)
    if let done, let rows = rows as? JSONRowWriter {
      try done.compare(beside: items.file.folder) { line in
        let encoded = try embedder.encode([line], returning: kinds.kinds)
        return encoded.map { rows.json(of: $0.row, $0.result) }.joined()
      }
    }
    var outcome = Outcome()
    let progress = Progress("encoded", of: source)
    try source.forEachBatch { batch in
      try planned.spare(batch)
      let left = try done?.left(of: batch) ?? batch
      for (row, result) in try encode(left, with: embedder) {
        outcome.note(result, of: row)
        try rows.write(row, result)
      }
      outcome.notePictures(of: left, readAs: model.pixels)
      try output.flush()
      progress.advance(by: batch.count)
    }
    progress.end()
    if isOneItem { embedder.notes.forEach(StandardError.note) }
    try rows.finish()
    done?.printNote()
    try outcome.end()
  }

  private func encode(
    _ batch: [ItemLine], with embedder: Embedder
  ) throws -> [(row: ItemRow, result: Result<Embedding, ItemFailure>)] {
    guard let trace else { return try embedder.encode(batch, returning: kinds.kinds) }
    return try batch.map { line in
      do {
        let traced = try embedder.encodeTracing(try line.item.get(), returning: kinds.kinds)
        try Destination.write(to: trace) { try traced.save(to: $0) }
        guard traced.embedding.isFinite else { throw EmbedderError.notFinite }
        return (line.row, .success(traced.embedding))
      } catch let error as EmbedderError {
        return (line.row, .failure(.encoding(error)))
      } catch let error as ItemFailure {
        return (line.row, .failure(error))
      }
    }
  }
}
