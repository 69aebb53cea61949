import ArgumentParser
import Foundation
import TesseraRetrieval

struct StoreReindexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reindex",
    abstract: "Encodes all files of an index again, with another model or in another way.",
    discussion: """
      The new rows take the place of the old in one step at the end: until then, and if it is \
      stopped, the index answers as before; the next run goes on where this one stopped.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var chunks: ChunkOptions

  func run() throws {
    let store = try store.writing()
    let files = try store.filesToReadAgain()
    let folder = "\(store.path)/reindexed"
    let indexed = try IndexedModel(model, of: store)
    var next = try DiskStore(writing: folder)
    // What an earlier run began with another model is of no use.
    if let begun = try next.fingerprint(), begun != indexed.fingerprint {
      try FileManager.default.removeItem(atPath: folder)
      next = try DiskStore(writing: folder)
    }
    try indexed.record(in: next)
    let (limit, overlap) = try chunks.record(in: next, room: indexed.textRoom)
    var notices = Notices()
    let progress = IndexProgress()
    let indexer = Indexer(
      next, embedder: indexed.embedder, hashesAll: false,
      observer: .init(
        progress: progress.show, failure: progress.report,
        embedding: { notices.note($0, of: $1) }),
      chunker: { try indexed.chunker(limit: limit, overlap: overlap) })
    try indexer.update(files)
    try store.replaceContents(with: next)
    try FileManager.default.removeItem(atPath: folder)
    progress.end()
    notices.print()
    StandardError.write(indexer.counts.summary)
    if indexer.counts.failed > 0 { throw ExitCode(1) }
  }
}
