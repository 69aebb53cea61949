import ArgumentParser
import TesseraJSON
import TesseraRetrieval

struct StoreListCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the rows of an index, in the order of their making.")

  @OptionGroup var store: StoreOptions
  @Option(name: .customLong("where"), help: "A condition, as search takes it.")
  var condition: String?
  @Option(parsing: .unconditional, help: "Rows that are passed over first.") var offset = 0
  @Option(parsing: .unconditional, help: "How many are listed at most; all by default.") var limit:
    Int?
  @Option(help: "jsonl is a row a line, json all in one array, table for people.")
  var format = StoreFormat.jsonl

  func check() throws {
    guard offset >= 0 else { throw ValidationError("--offset is \(offset); expected 0 or more.") }
    if let limit, limit < 0 {
      throw ValidationError("--limit is \(limit); expected 0 or more.")
    }
    if let condition {
      do { _ = try Filter(condition) } catch { throw ValidationError("\(error)") }
    }
  }

  func run() throws {
    let selection = StoreSelection(
      filter: try condition.map { try Filter($0) }, offset: offset, limit: limit)
    let output = try OutputFile(path: nil)
    var isFirst = true
    if format == .json { try output.write("[") }
    let store = try store.opening()
    let rows = try store.rows(selection)
    for item in rows {
      if format == .table {
        try output.write("\(ItemRow.line(item.id, maximum: 200))\t\(item.label)\n")
        continue
      }
      let line = JSONWriter.line { object in
        object.member("id", item.id)
        item.writeFacts(to: &object)
      }
      if format == .json { try output.write(isFirst ? "\n" : ",\n") }
      isFirst = false
      try output.write(format == .json ? String(line.dropLast()) : line)
    }
    if format == .json { try output.write(isFirst ? "]\n" : "\n]\n") }
    try output.finish()
    if rows.isEmpty { try store.noteMissingFields(of: selection.filter) }
    if !store.problems.isEmpty { throw ExitCode(1) }
  }
}
