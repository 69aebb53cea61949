import Foundation
import GRDB
import TesseraFiles
import TesseraTensors

extension DiskStore {
  /// Adds rows; a row takes the place of another with its id.
  ///
  /// - Throws: `StoreError`, or what is wrong with a file; then nothing was added.
  public func add(_ rows: [StoreRow]) throws {
    try change { try $0.append(rows.map { ($0, nil) }) }
  }

  /// Removes the rows with these ids, and gives how many there were.
  public func remove(ids: [String]) throws -> Int {
    try change { change in
      try ids.reduce(0) { $0 + (try change.remove(id: $1) ? 1 : 0) }
    }
  }

  /// Keeps a value about the store itself.
  package func setValue(_ value: String, of key: String) throws {
    try change { try $0.setValue(value, of: key) }
  }

  /// Makes changes that all happen, or none.
  ///
  /// - Throws: `StoreError`, what is wrong with a file, or what `body` throws.
  package func change<Value>(_ body: (StoreChange) throws -> Value) throws -> Value {
    guard isWritable else { throw StoreError.readOnly(path) }
    do {
      var result: Value?
      try StoreDatabase.naming(path) {
        try database.inTransaction(.immediate) { database in
          let change = StoreChange(self, database)
          result = try body(change)
          try change.finish()
          return .commit
        }
      }
      // For numpy's eyes; should it fail, the next change says it again.
      try? files?.writeHeaders(rows: segments.last?.rowCount ?? 0)
      forgetMapping()
      guard let result else { preconditionFailure("a transaction that was committed has run") }
      return result
    } catch {
      // What was half done stands behind the rows that count, and is written over.
      try? load()
      throw Self.isFullDisk(error) ? StoreError.noRoom(path) : error
    }
  }
}

extension DiskStore {
  /// Whether the vectors' files or the database had no more room.
  fileprivate static func isFullDisk(_ error: any Error) -> Bool {
    switch error {
    case let error as FileError: [ENOSPC, EDQUOT].contains(error.code)
    case let error as DatabaseError: error.resultCode == .SQLITE_FULL
    default: false
    }
  }
}

/// A change in the making; it counts when its transaction is committed.
package final class StoreChange {
  let store: DiskStore
  package let database: Database
  private var isAppending = false
  private var hasRemoved = false
  private var hasNewFiles = false

  init(_ store: DiskStore, _ database: Database) {
    self.store = store
    self.database = database
  }

  func setValue(_ value: String, of key: String) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", arguments: [key, value])
  }

  /// Removes a row; false where there is none.
  func remove(id: String) throws -> Bool {
    let row = try Int.fetchOne(
      database.cachedStatement(sql: "SELECT row FROM item WHERE id = ?"), arguments: [id])
    guard let row else { return false }
    try remove(row: row)
    return true
  }

  func remove(row: Int) throws {
    try database.cachedStatement(sql: "DELETE FROM item WHERE row = ?").execute(arguments: [row])
    store.dead.insert(row)
    hasRemoved = true
  }

  /// Adds rows, each with the number of the source that it was read from.
  func append(_ rows: [(row: StoreRow, source: Int?)]) throws {
    guard let first = rows.first else { return }
    try RowCheck(dimension: store.dimension, hasDense: store.hasDense).check(rows.map(\.row))
    if store.dimension == nil, store.hasDense {
      let dimension = first.row.vector.count
      store.dimension = dimension
      try setValue("\(dimension)", of: "dimension")
    }
    try noteListWidths(of: rows.map(\.row))
    // One at least fits.
    var rest = rows[...]
    while !rest.isEmpty {
      let room = try roomInLastSegment()
      try appendToLast(Array(rest.prefix(room)))
      rest = rest.dropFirst(room)
    }
  }

  /// Rows that the last segment still takes; a full one is followed by a new one.
  private func roomInLastSegment() throws -> Int {
    if let last = store.segments.last, last.rowCount < store.segmentRows {
      return store.segmentRows - last.rowCount
    }
    try finishSegment()
    let number = try Int.fetchOne(database, sql: "SELECT MAX(number) FROM segment") ?? 0
    try beginSegment(number + 1, firstRow: store.allocatedRows)
    return store.segmentRows
  }

  func beginSegment(_ number: Int, firstRow: Int) throws {
    store.segments.append(Segment(number: number, firstRow: firstRow, rowCount: 0))
    try database.execute(
      sql: "INSERT INTO segment (number, first_row, rows, dead) VALUES (?, ?, 0, x'')",
      arguments: [number, firstRow])
  }

  private func appendToLast(_ rows: [(row: StoreRow, source: Int?)]) throws {
    let firstRow = store.allocatedRows
    let block = try store.dimension.map { dimension in
      try VectorBlock(
        Tensor(
          rows.flatMap { row, _ in
            guard let unit = row.vector.ofLengthOne else {
              throw StoreError.noDirection(id: row.item.id)
            }
            return unit
          }, shape: [rows.count, dimension]))
    }
    try append(rows.count, block, lists: try lists(of: rows.map(\.row)))
    for (offset, (row, source)) in rows.enumerated() {
      _ = try remove(id: row.item.id)
      try insert(row.item, row: firstRow + offset, source: source)
    }
  }

  /// Writes the vectors of some rows behind those of the last segment, and counts the rows.
  ///
  /// - Parameter block: their dense vectors; nil where rows have none.
  func append(_ count: Int, _ block: VectorBlock?, lists: [ListKind: ListBlock]) throws {
    let last = store.segments.count - 1
    let segment = store.segments[last]
    let files: SegmentFiles
    if let open = store.files, open.segment == segment.number {
      files = open
    } else {
      files = try SegmentFiles(
        store.path, segment, dimension: block?.dimension, widths: store.listWidths)
      if segment.rowCount == 0 {
        try files.writeHeaders(rows: 0)
        hasNewFiles = true
      }
      store.files = files
    }
    // Without dense vectors a stretch has hashes of its lists alone.
    let hashes =
      try block.map { try files.write($0, atRow: segment.rowCount) } ?? (vectors: "", codes: "")
    try database.cachedStatement(
      sql: "INSERT INTO stretch (segment, first, rows, vectors, codes) VALUES (?, ?, ?, ?, ?)"
    ).execute(
      arguments: [segment.number, segment.rowCount, count, hashes.vectors, hashes.codes])
    for (kind, hash) in try files.write(lists, atRow: segment.rowCount) {
      try database.cachedStatement(
        sql: "INSERT INTO list_stretch (segment, first, kind, hash) VALUES (?, ?, ?, ?)"
      ).execute(arguments: [segment.number, segment.rowCount, kind.rawValue, hash])
    }
    store.segments[last].rowCount += count
    try database.cachedStatement(sql: "UPDATE segment SET rows = ? WHERE number = ?")
      .execute(arguments: [store.segments[last].rowCount, segment.number])
    isAppending = true
  }

  private func insert(_ item: StoredItem, row: Int, source: Int?) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO item (row, id, kind, source, text, image, first_line, last_line, width, height,
        taken, metadata, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        row, item.id, item.kind.rawValue, source, item.text, item.image, item.lines?.lowerBound,
        item.lines?.upperBound, item.width, item.height, item.taken, item.metadata,
        item.contentHash,
      ])
  }

  private func finishSegment() throws {
    if isAppending {
      try store.files?.synchronize()
      try store.files?.writeHeaders(rows: store.segments.last?.rowCount ?? 0)
    }
    isAppending = false
  }

  /// Waits until the vectors are on the disk: only then may the database count them.
  func finish() throws {
    if isAppending { try store.files?.synchronize() }
    if hasNewFiles { try SegmentFile.synchronizeFolder(store.path) }
    if hasRemoved { try markDead() }
  }

  /// Keeps which rows were removed.
  func markDead() throws {
    for segment in store.segments {
      try database.execute(
        sql: "UPDATE segment SET dead = ? WHERE number = ?",
        arguments: [Data(segment.deadBits(of: store.dead)), segment.number])
    }
  }
}
