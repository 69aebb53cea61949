import ArgumentParser
import TesseraRetrieval

struct StoreCopyCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "copy",
    abstract: "Copies the rows of an index into another: folders, collections, tables.",
    discussion: """
      tessera store copy photos.tessera qdrant://localhost:6333/photos
      tessera store copy qdrant+file://qdrant_db/image_collection photos.tessera

      What the other has already is left as it is, so that a copy that was stopped goes on where it \
      stopped. Rows that only the other has stay there. Exit status: 1 where rows cannot be read.
      """)

  @Argument(help: "The index to be read.", completion: .directory) var from: String
  @Argument(help: "The index to be written to; made where there is none.", completion: .directory)
  var to: String
  @Option(name: .customLong("where"), help: "Only rows of which this is true, as search takes it.")
  var condition: String?

  func check() throws {
    if let condition {
      do { _ = try Filter(condition) } catch { throw ValidationError("\(error)") }
    }
    guard from != to else { throw ValidationError("An index cannot be copied into itself.") }
  }

  func run() throws {
    let source = try StoreAddress(from).reading()
    let target = try StoreAddress(to).writing()
    let total = try source.count()
    var copy = StoreCopy(from: source, to: target)
    let progress = IndexProgress()
    try copy.run(StoreSelection(filter: try condition.map { try Filter($0) })) { done in
      progress.show(done: done, total: total, encoded: done, of: "rows")
    }
    progress.end()
    if !copy.leftOut.isEmpty {
      StandardError.note(
        "\(target.place) has no \(VectorKindList(copy.leftOut).text) vectors; those were not copied"
      )
    }
    StandardError.write("\(copy.copiedCount) rows copied, \(copy.presentCount) were there")
    if !source.problems.isEmpty { throw ExitCode(1) }
  }
}
