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
      of: file, SourceFacts(file, images: images), since: old, hashing: hashing)
  }

  func change(
    of file: FoundFile, _ facts: SourceFacts, since old: SourceRecord, hashing: Bool
  ) throws -> SourceChange {
    guard old.state == .done, old.kind == file.kind.rawValue else { return .changed }
    let isOld = facts.modified < old.checked - Self.racyNanoseconds
    if facts.signature == old.signature, isOld, !hashing { return .unchanged }
    // The pictures that a list names are compared one by one.
    guard !facts.hasImages, try facts.sha256(file) == old.sha256 else { return .changed }
    var record = old
    record.signature = facts.signature
    record.modified = facts.modified
    record.checked = facts.checked
    return .touched(record)
  }

  /// A file that changes within the grain of its time keeps its size and time.
  private static var racyNanoseconds: Int { 2_000_000_000 }
}
