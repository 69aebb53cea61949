/// What became of a file since a store read it.
package enum SourceChange: Equatable, Sendable {
  case unchanged
  /// Its content is the same, its time is not: what the store should keep instead.
  case touched(SourceRecord)
  case changed
}

extension DiskStore {
  /// What became of a file since the store read it.
  ///
  /// - Parameter hashing: whether its content is compared even where size and time are the same.
  /// - Throws: what is wrong with the store or the file.
  package func change(
    of file: FoundFile, since old: SourceRecord, hashing: Bool
  ) throws -> SourceChange {
    let images = file.kind.isList ? try images(ofSource: file.path) : []
    return try change(
      of: file, SourceFacts(file, images: images), since: old, hashing: hashing, FileDigests())
  }

  func change(
    of file: FoundFile, _ facts: SourceFacts, since old: SourceRecord, hashing: Bool,
    _ digests: FileDigests
  ) throws -> SourceChange {
    guard old.state == .done, old.kind == file.kind.rawValue else { return .changed }
    if facts.isSame(as: old), !hashing { return .unchanged }
    // The pictures that a list names are compared one by one.
    guard !facts.hasImages, try digests.sha256(of: file) == old.sha256 else { return .changed }
    var record = old
    record.signature = facts.signature
    record.modified = facts.modified
    record.checked = facts.checked
    return .touched(record)
  }
}

extension SourceFacts {
  /// Whether sizes and times say that nothing has changed.
  func isSame(as old: SourceRecord) -> Bool {
    signature == old.signature && modified < old.checked - Self.racyNanoseconds
  }

  /// A file that changes within the grain of its time keeps its size and time.
  private static let racyNanoseconds = 2_000_000_000
}

extension FoundFile {
  /// Whether its content will be asked for, as far as can be told without the pictures of a list.
  func isPossiblyChanged(since old: SourceRecord) -> Bool {
    guard !kind.isList, old.state == .done else { return true }
    return (try? SourceFacts(self, images: []).isSame(as: old)) != true
  }
}
