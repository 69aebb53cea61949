import ArgumentParser
import TesseraJSON
import TesseraRetrieval
import TesseraTensors

struct StoreExportCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the vectors of an index, and what they stand for, to other files.",
    discussion: """
      .jsonl holds a row a line, with "embedding"; .npy and .safetensors a matrix [rows, dimension] \
      of float32, whose ids --ids writes, one a line. tessera index --vectors reads all three. An index \
      without dense vectors is written as .jsonl: with "colbert_vecs", a vector for each token, or \
      "lexical_weights", as encode --return writes them.
      """)

  @OptionGroup var store: StoreOptions
  @Option(
    name: .shortAndLong, help: "File to write: .jsonl, .npy or .safetensors.", completion: .file())
  var output: String
  @Option(help: "File for the ids, one a line; with .npy and .safetensors.", completion: .file())
  var ids: String?
  @Option(name: .customLong("where"), help: "Only rows of which this is true, as search takes it.")
  var condition: String?

  func check() throws {
    try FileEnding.require(".jsonl", ".npy", ".safetensors", of: output, option: "--output")
    if ids != nil, output.hasSuffix(".jsonl") {
      throw ValidationError("--ids: a line of .jsonl has its id.")
    }
    if let condition {
      do { _ = try Filter(condition) } catch { throw ValidationError("\(error)") }
    }
  }

  func run() throws {
    let planned = try PlannedOutputs(output, ids)
    try planned.spareIndex(StoreAddress(store.index))
    let store = try store.opening()
    let hasDense = store.vectorKinds.contains(.dense)
    guard hasDense || output.hasSuffix(".jsonl") else {
      throw ValidationError(
        "\(store.place) has no dense vectors, which would be the rows of a matrix: export .jsonl.")
    }
    let selection = StoreSelection(filter: try condition.map { try Filter($0) })
    let file = try OutputFile(path: output)
    if output.hasSuffix(".jsonl") {
      try store.forEachKept(selection) { row in
        try planned.spare(row.item)
        try file.write(
          JSONWriter.line { object in
            object.member("id", row.item.id)
            row.item.writeFacts(to: &object)
            if hasDense {
              object.member("embedding", row.vector)
            } else {
              row.writeLists(to: &object)
            }
          })
      }
    } else {
      try writeMatrix(of: store, selection, to: file, planned)
    }
    try file.finish()
    if !store.problems.isEmpty { throw ExitCode(1) }
  }

  private func writeMatrix(
    of store: any KeptStore, _ selection: StoreSelection, to file: OutputFile,
    _ planned: PlannedOutputs
  ) throws {
    let names = try ids.map { try OutputFile(path: $0) }
    var count = 0
    try store.forEachKept(selection) { row in
      count += 1
      try planned.spare(row.item)
      guard let names else { return }
      guard !row.item.id.contains(where: \.isNewline) else {
        throw LineFeedInID(id: row.item.id)
      }
      try names.write(row.item.id + "\n")
    }
    try names?.finish()
    let width = try store.describe().dimension ?? 0
    try file.write(
      output.hasSuffix(".npy")
        ? NumPyHeader(type: "<f4", shape: [count, width], byteCount: 192).bytes
        : Self.safetensorsHeader(rows: count, width: width))
    var written = 0
    try store.forEachKept(selection) { row in
      written += 1
      guard written <= count, row.vector.count == width else { throw ChangedMeanwhile() }
      try file.write([UInt8](row.vector.littleEndianData))
    }
    guard written == count else { throw ChangedMeanwhile() }
  }

  /// A server's rows may become more while they are read.
  struct ChangedMeanwhile: Error, CustomStringConvertible {
    var description: String { "the index was changed while it was read; try again" }
  }

  private static func safetensorsHeader(rows: Int, width: Int) -> [UInt8] {
    let end = rows * width * MemoryLayout<Float>.stride
    var text =
      #"{"embeddings":{"dtype":"F32","shape":[\#(rows),\#(width)],"data_offsets":[0,\#(end)]}}"#
    text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) } + Array(text.utf8)
  }

  struct LineFeedInID: Error, CustomStringConvertible {
    let id: String

    var description: String { "\(JSONText.of(id)): an id with a line feed cannot be a line" }
  }
}

extension KeptRow {
  /// As encode writes them.
  fileprivate func writeLists(to object: inout JSONWriter.ObjectWriter) {
    if let weights = lexicalWeights {
      object.object("lexical_weights") { object in
        for (id, weight) in weights.sorted(by: { $0.key < $1.key }) {
          object.member("\(id)", weight)
        }
      }
    }
    if let vectors = tokenVectors {
      object.member("colbert_vecs") { json in
        json.writeArray(vectors) { json, vector in json.writeArray(vector) { $0.write($1) } }
      }
    }
  }
}

/// A text as JSON spells it, on one line.
enum JSONText {
  static func of(_ text: String) -> String {
    var writer = JSONWriter()
    writer.write(text)
    return writer.text
  }
}
