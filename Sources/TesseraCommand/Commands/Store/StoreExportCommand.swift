import ArgumentParser
import TesseraJSON
import TesseraRetrieval
import TesseraTensors

struct StoreExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the vectors of an index, and what they stand for, to other files.",
    discussion: """
      .jsonl holds a row a line, with "embedding"; .npy and .safetensors a matrix [rows, dimension] \
      of float32, whose ids --ids writes, one a line. tessera index --vectors reads all three.
      """)

  @OptionGroup var store: StoreOptions
  @Option(name: .shortAndLong, help: "File to write: .jsonl, .npy or .safetensors.")
  var output: String
  @Option(help: "File for the ids, one a line; with .npy and .safetensors.") var ids: String?
  @Option(name: .customLong("where"), help: "Only rows of which this is true, as search takes it.")
  var condition: String?

  func validate() throws {
    try FileEnding.require(".jsonl", ".npy", ".safetensors", of: output, option: "--output")
    if ids != nil, output.hasSuffix(".jsonl") {
      throw ValidationError("--ids: a line of .jsonl has its id.")
    }
    if let condition {
      do { _ = try Filter(condition) } catch { throw ValidationError("\(error)") }
    }
  }

  func run() throws {
    let store = try store.reading()
    let selection = StoreSelection(filter: try condition.map { try Filter($0) })
    let file = try OutputFile(path: output)
    if output.hasSuffix(".jsonl") {
      try store.forEachRow(selection) { row, item in
        let vector = try store.vector(row: row)
        try file.write(
          JSONWriter.line { object in
            object.member("id", item.id)
            item.writeFacts(to: &object)
            object.member("embedding", vector)
          })
      }
    } else {
      try writeMatrix(of: store, selection, to: file)
    }
    try file.finish()
  }

  private func writeMatrix(
    of store: DiskStore, _ selection: StoreSelection, to file: OutputFile
  ) throws {
    let names = try ids.map { try OutputFile(path: $0) }
    var rows: [Int] = []
    try store.forEachRow(selection) { row, item in
      rows.append(row)
      guard let names else { return }
      guard !item.id.contains(where: \.isNewline) else { throw LineFeedInID(id: item.id) }
      try names.write(item.id + "\n")
    }
    try names?.finish()
    let width = store.dimension ?? 0
    try file.write(
      output.hasSuffix(".npy")
        ? NumPyHeader(type: "<f4", shape: [rows.count, width], byteCount: 192).bytes
        : Self.safetensorsHeader(rows: rows.count, width: width))
    for row in rows { try file.write([UInt8](store.vector(row: row).littleEndianData)) }
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

/// A text as JSON spells it, on one line.
enum JSONText {
  static func of(_ text: String) -> String {
    var writer = JSONWriter()
    writer.write(text)
    return writer.text
  }
}
