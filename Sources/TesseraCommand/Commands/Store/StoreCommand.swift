import ArgumentParser
import TesseraRetrieval

struct StoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Looks after an index: what it holds, whether it is whole, and its space.",
    subcommands: [
      StoreInfoCommand.self, StoreVerifyCommand.self, StoreListCommand.self,
      StoreCompactCommand.self, StoreReindexCommand.self, StoreExportCommand.self,
      StoreCheckCommand.self, StoreCopyCommand.self,
    ])
}

/// The index that a command is about.
struct StoreOptions: ParsableArguments {
  @Option(
    name: .customLong("in"), help: "The index: a folder, or the address of a collection.",
    completion: .directory)
  var index: String

  /// The store that is meant, wherever it is.
  func opening() throws -> any KeptStore { try StoreAddress(index).reading() }

  /// - Throws: `StoreAddress.NoFolder` where it is elsewhere.
  func reading() throws -> DiskStore { try DiskStore(reading: StoreAddress(index).folder()) }

  /// - Throws: `StoreError.missing`: only tessera index makes one.
  func writing() throws -> DiskStore {
    guard DiskStore.isStore(index) else { return try reading() }
    return try DiskStore(writing: index)
  }
}

/// How a command says what it found: an object, or a line an object, or lines for people.
enum StoreFormat: String, ExpressibleByArgument, CaseIterable { case table, json, jsonl }
