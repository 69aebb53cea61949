import Foundation
import TesseraEmbedders
import TesseraJSON

/// Brings the rows of one store into another.
///
/// What the other has already, the same in all that is known of it, is left: a copy that was stopped
/// goes on where it stopped.
package struct StoreCopy {
  package private(set) var copiedCount = 0
  package private(set) var presentCount = 0
  /// Kinds of vectors that the source has and the target does not.
  package private(set) var leftOut: [VectorKind] = []
  private let source: any KeptStore
  private let target: any KeptStore

  private static let batchRows = 256
  /// Values that say how the rows were made.
  private static let values = ["fingerprint", "model", "chunks"]

  package init(from source: any KeptStore, to target: any KeptStore) {
    self.source = source
    self.target = target
  }

  /// - Parameter progress: is told how many rows are done.
  /// - Throws: `StoreError.fingerprint` where the rows cannot stand beside those of the target.
  package mutating func run(
    _ selection: StoreSelection, progress: (Int) throws -> Void
  ) throws {
    try agree()
    var batch: [KeptRow] = []
    var files: [String: SourceRecord] = [:]
    let isFresh = try target.count() == 0
    try source.forEachKept(selection) { row in
      if let source = row.source { files[source.path] = source }
      batch.append(row)
      guard batch.count == Self.batchRows else { return }
      try copy(batch, isFresh)
      batch = []
      try progress(copiedCount + presentCount)
    }
    try copy(batch, isFresh)
    try progress(copiedCount + presentCount)
    // Of a part of the rows no file is whole.
    if selection.filter == nil { try target.finish(files.values.sorted { $0.path < $1.path }) }
  }

  private mutating func agree() throws {
    let kinds = source.vectorKinds.filter(target.possibleKinds.contains)
    try target.requirePlace(for: kinds)
    if try target.count() == 0, kinds != target.vectorKinds { try target.setVectorKinds(kinds) }
    let kept = target.vectorKinds
    leftOut = source.vectorKinds.filter { !kept.contains($0) }
    let made = try target.fingerprint()
    if let made, let own = try source.fingerprint() {
      let differences = made.differences(from: own) + made.toleratedDifferences(from: own)
      guard differences.isEmpty else {
        throw StoreError.fingerprint(target.place, differences: differences)
      }
    } else if try target.count() > 0, try made != nil || source.fingerprint() != nil {
      throw StoreError.fingerprint(
        target.place, differences: ["only one of the two says what made its vectors"])
    }
    for key in Self.values where try target.value(of: key) == nil {
      if let value = try source.value(of: key) { try target.setValue(value, of: key) }
    }
  }

  private mutating func copy(_ rows: [KeptRow], _ isFresh: Bool) throws {
    guard !rows.isEmpty else { return }
    let present = isFresh ? [:] : try target.kept(ids: rows.map(\.item.id))
    let missing = rows.filter { row in present[row.item.id].map { !row.isSame(as: $0) } ?? true }
    try target.add(kept: missing)
    copiedCount += missing.count
    presentCount += rows.count - missing.count
  }
}

extension KeptRow {
  /// Whether both say the same; a server may spell numbers and order fields in its own way.
  fileprivate func isSame(as other: KeptRow) -> Bool {
    var (x, y) = (item, other.item)
    (x.metadata, y.metadata) = (nil, nil)
    (x.sourceSignature, y.sourceSignature) = (nil, nil)
    guard x == y, item.canonicalMetadata == other.item.canonicalMetadata else { return false }
    return hasVector(of: other) && hasLists(of: other)
  }

  /// The other is the target's, whose rows may have none.
  private func hasVector(of other: KeptRow) -> Bool {
    guard !other.vector.isEmpty else { return true }
    guard let mine = vector.ofLengthOne, let its = other.vector.ofLengthOne,
      mine.count == its.count
    else { return false }
    return zip(mine, its).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  /// The other is the target's, which may have fewer kinds.
  private func hasLists(of other: KeptRow) -> Bool {
    other.lexicalWeights.map { theirs in
      lexicalWeights.map { mine in
        mine.count == theirs.count
          && mine.allSatisfy { abs((theirs[$0.key] ?? .nan) - $0.value) < 1e-6 }
      } ?? false
    } ?? true && other.tokenVectors.map { $0.count == tokenVectors?.count } ?? true
  }
}

extension StoredItem {
  fileprivate var canonicalMetadata: JSONValue? {
    metadata.flatMap { text in try? JSONReader.read(text) { try $0.readValue() } }?.sorted
  }
}

extension JSONValue {
  fileprivate var sorted: JSONValue {
    switch self {
    case .object(let members):
      .object(
        members.map { Member(key: $0.key, value: $0.value.sorted) }.sorted { $0.key < $1.key })
    case .array(let elements): .array(elements.map(\.sorted))
    default: self
    }
  }
}
