import Foundation

/// A file whose items are being read.
final class SourceWork {
  let file: FoundFile
  let existing: [String: (row: Int, item: StoredItem)]
  var record: SourceRecord
  private let facts: SourceFacts?
  /// In the database, once it is there.
  var number: Int?
  /// Ids that the file has now.
  var seen: Set<String> = []
  var updates: [(row: Int, item: StoredItem)] = []
  var failures: [String] = []
  /// Pictures that its items name.
  var images: Set<String> = []
  /// Whether its end was not reached: then it is not known which of its rows are gone.
  var isBroken = false
  /// Whether all its items were read.
  var isWhole = false

  init(
    _ file: FoundFile, _ facts: SourceFacts?, existing: [String: (row: Int, item: StoredItem)]
  ) {
    self.file = file
    self.facts = facts
    self.existing = existing
    record = SourceRecord(path: file.path)
    record.name = file.name
    record.caption = file.caption
    record.kind = file.kind.rawValue
    record.byteCount = facts?.byteCount ?? 0
    record.modified = facts?.modified ?? 0
    record.checked = facts?.checked ?? 0
  }

  /// Says in the record how the reading ended, and gives what only its end showed to be wrong.
  func close() -> String? {
    var failure: String?
    if let facts, !isBroken {
      let now = try? SourceFacts(file, images: file.kind.isList ? images.sorted() : [])
      record.signature = now?.signature ?? ""
      record.modified = now?.modified ?? facts.modified
      if now?.ownSignature != facts.ownSignature {
        failure = "\(file.name): it changed while it was read; the next run reads it again"
        isBroken = true
      }
    }
    failures += failure.map { [$0] } ?? []
    record.state = failures.isEmpty ? .done : .failed
    record.error =
      failures.first.map { failures.count > 1 ? "\($0) (and \(failures.count - 1) more)" : $0 }
    return failure
  }
}

/// Sizes and times of a file and of those that belong to it.
struct SourceFacts {
  let byteCount: Int
  /// The latest.
  let modified: Int
  /// When this was asked.
  let checked: Int
  /// Of the file and its caption.
  let ownSignature: String
  /// Of the pictures too that a list names.
  let signature: String
  let hasImages: Bool

  /// - Throws: `ReadFailure`.
  init(_ file: FoundFile, images: [String]) throws {
    do {
      checked = FileFacts.now
      let facts = try FileFacts(file.path)
      byteCount = facts.byteCount
      let own = try [facts] + (file.caption.map { [try FileFacts($0)] } ?? [])
      ownSignature = own.map(\.signature).joined(separator: ";")
      let pictures = images.map { try? FileFacts($0) }
      hasImages = !images.isEmpty
      modified = (own + pictures.compactMap { $0 }).map(\.modified).max() ?? facts.modified
      var hash = SHA256()
      for (path, facts) in zip(images, pictures) {
        hash.update("\(path)\n\(facts?.signature ?? "gone")\n")
      }
      signature = ownSignature + (images.isEmpty ? "" : ";" + hash.hexadecimal())
    } catch {
      throw ReadFailure(reason: "\(error)")
    }
  }
}

/// A file that cannot be read.
struct ReadFailure: Error, CustomStringConvertible {
  let reason: String

  var description: String { reason }
}
