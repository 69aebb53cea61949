import ArgumentParser
import TesseraRetrieval

/// Files on their way into an index, with what is said meanwhile and at the end.
final class IndexRun {
  let indexer: Indexer
  private let progress = IndexProgress()
  private let notes: Notes

  private final class Notes { var notices = Notices() }

  /// - Throws: where parts of texts would be cut otherwise than before.
  init(
    into store: DiskStore, by model: IndexedModel, _ chunks: ChunkOptions, hashesAll: Bool = false
  ) throws {
    let (limit, overlap) = try chunks.record(in: store, room: model.textRoom)
    let notes = Notes()
    self.notes = notes
    indexer = Indexer(
      store, embedder: model.embedder, hashesAll: hashesAll,
      observer: .init(
        progress: progress.show, failure: progress.report,
        embedding: { notes.notices.note($0, of: $1) }),
      chunker: { try model.chunker(limit: limit, overlap: overlap) })
  }

  func note(_ message: String) { progress.note(message) }

  /// Says what was done.
  ///
  /// - Throws: `ExitCode` 1 where something could not be read.
  func end(passedOver: Int = 0) throws {
    progress.end()
    notes.notices.print()
    if passedOver > 0 {
      let files =
        passedOver == 1 ? "1 file of another kind was" : "\(passedOver) files of other kinds were"
      StandardError.write("\(files) passed over")
    }
    StandardError.write(indexer.counts.summary)
    if indexer.counts.failed > 0 { throw ExitCode(1) }
  }
}
