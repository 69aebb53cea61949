import ArgumentParser
import TesseraEmbedders

/// What a run over many items leaves to say: failures as they come, notes at the end, and the exit
/// status.
struct Outcome {
  private var notices = Notices()
  private var failures = 0

  /// What is to be said of pictures before they are encoded.
  mutating func notePictures(of lines: [ItemLine], readAs reading: PixelReading) {
    for line in lines { notices.notePicture(of: line, readAs: reading) }
  }

  mutating func note(_ result: Result<Embedding, ItemFailure>, of row: ItemRow) {
    switch result {
    case .success(let embedding): notices.note(embedding, of: row.place)
    case .failure(let error): noteFailure(row.message(error))
    }
  }

  /// What is to be said of a text that is no item.
  mutating func note(_ embedding: Embedding, of place: String) {
    notices.note(embedding, of: place)
  }

  mutating func noteFailure(_ message: String) {
    failures += 1
    StandardError.write("error: \(message)")
  }

  mutating func noteTruncation(kept: Int, total: Int, of place: String) {
    notices.noteTruncation(kept: kept, total: total, of: place)
  }

  mutating func noteUnknown(count: Int, examples: [String], of place: String) {
    notices.noteUnknown(count: count, examples: examples, of: place)
  }

  /// Says what is to be said.
  ///
  /// - Throws: `ExitCode` 1 where an item failed.
  func end() throws {
    notices.print()
    if failures > 0 { throw ExitCode(1) }
  }
}
