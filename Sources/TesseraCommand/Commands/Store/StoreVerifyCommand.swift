import ArgumentParser
import TesseraJSON
import TesseraRetrieval

struct StoreVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Reads every byte of an index's vectors and compares every checksum.",
    discussion: "Exit status: 0 where all of them hold, 1 where something is wrong.")

  @OptionGroup var store: StoreOptions
  @Option(help: "table is for people.") var format = StoreFormat.json

  func run() throws {
    let found = try store.reading().verify()
    let output = try OutputFile(path: nil)
    if format == .table {
      for problem in found.problems { try output.write(problem + "\n") }
      try output.write(
        "\(found.rowCount) rows, \(found.checksumCount) checksums, \(found.problems.count) problems\n"
      )
    } else {
      try output.write(
        JSONWriter.line { object in
          object.member("ok", found.problems.isEmpty)
          object.member("rows", found.rowCount)
          object.member("checksums", found.checksumCount)
          object.member("problems", found.problems)
        })
    }
    try output.finish()
    if !found.problems.isEmpty { throw ExitCode(1) }
  }
}
