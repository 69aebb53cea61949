import ArgumentParser
import TesseraJSON
import TesseraRetrieval

struct StoreCompactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Gives back the space of removed rows; tessera index does so above a quarter.")

  @OptionGroup var store: StoreOptions
  @Option(help: "table is for people.") var format = StoreFormat.json

  func run() throws {
    let store = try store.writing()
    let removed = try store.compact()
    let rows = try store.count()
    let output = try OutputFile(path: nil)
    if format == .table {
      try output.write("\(rows) rows are left; the space of \(removed) came back\n")
    } else {
      try output.write(
        JSONWriter.line { object in
          object.member("rows", rows)
          object.member("removed", removed)
        })
    }
    try output.finish()
  }
}
