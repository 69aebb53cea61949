import ArgumentParser
import TesseraRetrieval

struct StoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Looks after an index: what it holds, whether it is whole, and its space.",
    subcommands: [
      StoreInfoCommand.self, StoreVerifyCommand.self, StoreListCommand.self,
      StoreCompactCommand.self, StoreReindexCommand.self, StoreExportCommand.self,
      StoreCheckCommand.self,
    ])
}

/// The index that a command is about.
struct StoreOptions: ParsableArguments {
  @Option(name: .customLong("in"), help: "The index.") var index: String

  func reading() throws -> DiskStore { try DiskStore(reading: index) }

  /// - Throws: `StoreError.missing`: only tessera index makes one.
  func writing() throws -> DiskStore {
    guard DiskStore.isStore(index) else { return try reading() }
    return try DiskStore(writing: index)
  }
}

/// How a command says what it found: an object, or a line an object, or lines for people.
enum StoreFormat: String, ExpressibleByArgument, CaseIterable { case table, json, jsonl }
