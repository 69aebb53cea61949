import Foundation
import TesseraEmbedders

/// Brings a store up to date with files.
package final class Indexer {
  /// What happens on the way.
  package struct Observer {
    /// Files that are done, of how many, and rows that were encoded.
    package var progress: (_ done: Int, _ total: Int, _ encoded: Int) -> Void
    /// Something that cannot be read, and why.
    package var failure: (_ message: String) -> Void
    /// A vector and what it is of.
    package var embedding: (_ embedding: Embedding, _ place: String) -> Void

    package init(
      progress: @escaping (Int, Int, Int) -> Void, failure: @escaping (String) -> Void,
      embedding: @escaping (Embedding, String) -> Void
    ) {
      self.progress = progress
      self.failure = failure
      self.embedding = embedding
    }
  }

  private let store: DiskStore
  private let embedder: Embedder
  private let makeChunker: () throws -> Chunker
  private var chunker: Chunker?
  private let observer: Observer
  /// Whether files are hashed even where size and time are as they were.
  private let hashesAll: Bool

  package private(set) var counts = IndexCounts()
  private var pending: [PendingItem] = []
  private var pendingBytes = 0
  /// Files whose items are pending, or that are done and not yet said to be.
  private var open: [SourceWork] = []
  private let digests = FileDigests()
  /// Files of which only the time is another.
  private var touched: [SourceRecord] = []
  private var encodedCount = 0
  private var filesDone = 0
  private var fileCount = 0

  /// Items that are encoded and committed together.
  private static let batchSize = 64
  private static let batchBytes = 1 << 20

  package init(
    _ store: DiskStore, embedder: Embedder, hashesAll: Bool, observer: Observer,
    chunker: @escaping () throws -> Chunker
  ) {
    self.store = store
    self.embedder = embedder
    self.hashesAll = hashesAll
    self.observer = observer
    makeChunker = chunker
  }

  /// Reads what is new or changed.
  ///
  /// - Throws: what is wrong with the store; a file that cannot be read does not stop the others.
  package func update(_ files: [FoundFile]) throws {
    let known = try store.sources()
    fileCount = files.count
    for start in stride(from: 0, to: files.count, by: Self.batchSize) {
      let window = files[start..<min(start + Self.batchSize, files.count)]
      digests.prepare(
        window.filter { file in
          known[file.path].map { hashesAll || file.isPossiblyChanged(since: $0.record) } ?? true
        })
      for file in window {
        do {
          try update(file, known[file.path])
        } catch let error as ReadFailure {
          try fail(file, error.description)
        }
        filesDone += 1
        observer.progress(filesDone, fileCount, encodedCount)
      }
    }
    try flush()
  }

  private func update(
    _ file: FoundFile, _ old: (record: SourceRecord, rowCount: Int)?
  ) throws {
    let images = old != nil && file.kind.isList ? try store.images(ofSource: file.path) : []
    let facts = try SourceFacts(file, images: images)
    let change =
      try old.map {
        try store.change(of: file, facts, since: $0.record, hashing: hashesAll, digests)
      } ?? .changed
    guard change != .changed else { return try read(file, facts) }
    counts.unchanged += old?.rowCount ?? 0
    if case .touched(let record) = change { touched.append(record) }
  }

  /// Counts what could not even be looked at.
  package func fail(_ path: String, _ reason: String) {
    counts.failed += 1
    observer.failure("\(path): \(reason)")
  }

  /// Removes the rows of files that are gone.
  package func prune(_ paths: [String]) throws {
    guard !paths.isEmpty else { return }
    counts.removed += try store.change { change in
      try paths.reduce(0) { $0 + (try change.removeSource($1)) }
    }
  }

  // MARK: One file

  private func read(_ file: FoundFile, _ facts: SourceFacts) throws {
    let work = SourceWork(file, facts, existing: try store.items(ofSource: file.path))
    work.record.sha256 = try digests.sha256(of: file)
    open.append(work)
    do {
      try file.forEachItem(chunker: theChunker, digests: digests) { item in
        switch item {
        case .failure(let error): fail(work, error.description)
        case .success(let draft): try take(draft, of: work)
        }
        guard pending.count >= Self.batchSize || pendingBytes >= Self.batchBytes else { return }
        do { try flush() } catch { throw StoreFailure(error: error) }
      }
    } catch let error as StoreFailure {
      throw error.error
    } catch {
      work.isBroken = true
      fail(work, error is DraftError ? "\(error)" : "\(file.name): \(error)")
    }
    work.isWhole = true
    if open.count >= Self.batchSize { try flush() }
  }

  private func theChunker() throws -> Chunker {
    if let chunker { return chunker }
    let new = try makeChunker()
    chunker = new
    return new
  }

  private func take(_ draft: ItemDraft, of work: SourceWork) throws {
    var draft = draft
    if let image = draft.item.image { work.images.insert(image) }
    if draft.item.id.isEmpty { return fail(work, "\(draft.place): the id is empty") }
    if let field = draft.item.fieldWithNull {
      return fail(
        work, "\(draft.place): the \(field) has a NUL (U+0000), which an index cannot hold")
    }
    guard work.seen.insert(draft.item.id).inserted else {
      return fail(work, "\(draft.place): the id \(draft.item.id) stands twice in this file")
    }
    if work.existing[draft.item.id] == nil, let other = try owner(of: draft.item.id),
      other != work.file.path
    {
      guard !draft.hasOwnID else {
        return fail(
          work,
          "\(draft.place): the id \(draft.item.id) is already that of an item of "
            + (other.isEmpty ? "the index" : other))
      }
      // The same relative path, seen from another folder.
      draft.item.id = work.file.path + draft.item.id.dropFirst(work.file.name.count)
      work.seen.insert(draft.item.id)
    }
    if let old = work.existing[draft.item.id], old.item.contentHash == draft.item.contentHash {
      return keep(draft.item, old, of: work)
    }
    pending.append(PendingItem(draft: draft, work: work))
    pendingBytes += draft.encoded.text?.utf8.count ?? 0
  }

  private func owner(of id: String) throws -> String? {
    if let item = pending.first(where: { $0.draft.item.id == id }) { return item.work.file.path }
    do {
      return try store.source(ofID: id)
    } catch {
      throw StoreFailure(error: error)
    }
  }

  private func keep(
    _ item: StoredItem, _ old: (row: Int, item: StoredItem), of work: SourceWork
  ) {
    var item = item
    item.sourceSignature = old.item.sourceSignature
    guard item != old.item else { return counts.unchanged += 1 }
    work.updates.append((old.row, item))
    var moved = old.item
    moved.lines = item.lines
    if moved == item { counts.unchanged += 1 } else { counts.changed += 1 }
  }

  private func fail(_ work: SourceWork, _ message: String) {
    counts.failed += 1
    work.failures.append(message)
    observer.failure(message)
  }

  /// A file of which nothing can be read keeps the rows that it had.
  private func fail(_ file: FoundFile, _ message: String) throws {
    let work = SourceWork(file, nil, existing: try store.items(ofSource: file.path))
    work.isWhole = true
    work.isBroken = true
    open.append(work)
    fail(work, "\(file.name): \(message)")
  }

  // MARK: A batch

  /// Encodes what is pending, and commits it with all that is known of its files.
  private func flush() throws {
    guard !open.isEmpty || !touched.isEmpty else { return }
    let items = try encoded()
    for work in open where work.isWhole {
      if let failure = work.close() {
        counts.failed += 1
        observer.failure(failure)
      }
    }
    try store.change { change in
      for record in touched { _ = try change.put(record) }
      for work in open { work.number = try change.put(work.record) }
      for work in open { for (row, item) in work.updates { try change.update(item, row: row) } }
      try change.append(items.map { ($0.row, $0.work.number) })
      for work in open {
        guard work.isWhole, !work.isBroken else { continue }
        for (id, old) in work.existing where !work.seen.contains(id) {
          try change.remove(row: old.row)
          counts.removed += 1
        }
      }
    }
    for (row, work) in items {
      if work.existing[row.item.id] == nil { counts.added += 1 } else { counts.changed += 1 }
    }
    touched = []
    open.removeAll { $0.isWhole }
    for work in open { work.updates = [] }
    pending = []
    pendingBytes = 0
    observer.progress(filesDone, fileCount, encodedCount)
  }

  /// The pending items with their vectors: those of equal content that is known, or new ones.
  private func encoded() throws -> [(row: StoreRow, work: SourceWork)] {
    let reused = try pending.map { item in
      try store.row(withHash: item.draft.item.contentHash).map {
        try store.row($0, as: item.draft.item)
      }
    }
    let fresh = pending.indices.filter { reused[$0] == nil }
    let results = try embedder.encode(
      fresh.map { pending[$0].draft.encoded }, returning: store.vectorKinds)
    var rows = reused
    for (index, result) in zip(fresh, results) {
      let (draft, work) = (pending[index].draft, pending[index].work)
      switch result {
      case .failure(let error): fail(work, "\(draft.place): \(error)")
      case .success(let embedding):
        observer.embedding(embedding, draft.place)
        rows[index] = StoreRow(draft.item, embedding)
        encodedCount += 1
      }
    }
    return zip(pending, rows).compactMap { item, row in row.map { ($0, item.work) } }
  }
}

/// An item that waits for its vector.
private struct PendingItem {
  let draft: ItemDraft
  let work: SourceWork
}

/// What is wrong with the store, where what is wrong with a file would be expected.
private struct StoreFailure: Error { let error: any Error }
