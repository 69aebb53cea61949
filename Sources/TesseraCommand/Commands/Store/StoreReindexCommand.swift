import ArgumentParser
import Foundation
import TesseraEmbedders
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
  @OptionGroup var kinds: KindOptions

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
    try kinds.record(in: next, indexed.embedder, keeping: kept(store, indexed.embedder))
    let run = try IndexRun(into: next, by: indexed, chunks)
    try run.indexer.update(files)
    try store.replaceContents(with: next)
    try FileManager.default.removeItem(atPath: folder)
    try run.end()
  }

  /// Another model may give fewer kinds than the one before, or others; nil for what is its own.
  private func kept(_ store: DiskStore, _ embedder: Embedder) -> [VectorKind]? {
    let kept = store.vectorKinds.filter { embedder.vectorKinds.contains($0) }
    guard kept.contains(.dense) || !embedder.vectorKinds.contains(.dense) else {
      return [.dense] + kept
    }
    return kept.isEmpty ? nil : kept
  }
}
