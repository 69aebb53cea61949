import Foundation
import GRDB
import TesseraTensors

extension DiskStore {
  /// Whether more than a quarter of the rows were removed.
  package var isWorthCompacting: Bool { dead.count * 4 > allocatedRows }

  /// Writes the rows that are left into new segments, and gives back the space of the others.
  ///
  /// Vectors and codes keep their bits; readers keep the files that they have mapped. Killed in its
  /// course, the store is as it was.
  /// - Returns: how many rows' space came back.
  /// - Throws: `StoreError`, or what is wrong with a file.
  @discardableResult
  public func compact() throws -> Int {
    guard dead.count > 0 else { return 0 }
    let old = segments
    let removed = dead.count
    let blocks = try denseBlocks()
    let lists = try allLists()
    try change { change in
      files = nil
      segments = []
      let numbers = (old.map(\.number).max() ?? 0) + 1
      var kept = 0
      for (place, (segment, block)) in zip(old, blocks).enumerated() {
        for batch in live(of: segment) {
          if kept.isMultiple(of: segmentRows) {
            try change.synchronizeSegment()
            try change.beginSegment(numbers + kept / segmentRows, firstRow: kept)
          }
          // A batch that does not fit is cut.
          let room = segmentRows - kept % segmentRows
          for part in [batch.prefix(room), batch.dropFirst(room)] where !part.isEmpty {
            if part.startIndex > batch.startIndex {
              try change.synchronizeSegment()
              try change.beginSegment(numbers + kept / segmentRows, firstRow: kept)
            }
            let rows = part.map { $0 - segment.firstRow }
            try change.append(
              rows.count, block?.gathering(rows),
              lists: lists.mapValues { $0[place].gathering(rows) })
            try change.renumber(part, from: kept)
            kept += part.count
          }
        }
      }
      dead = RowSet()
      try change.forget(old)
    }
    try load()
    for segment in old { segment.unlinkFiles(of: path) }
    return removed
  }

  /// For each segment its dense vectors, nil where rows have none.
  ///
  /// - Throws: `StoreError.damaged` where they should be there and are not.
  func denseBlocks() throws -> [VectorBlock?] {
    guard hasDense else { return segments.map { _ in nil } }
    guard dimension != nil || segments.isEmpty else {
      throw StoreError.damaged(
        file: "\(path)/\(StoreDatabase.fileName)", reason: Self.dimensionIsMissing)
    }
    return try blocks()
  }

  /// The lists of all kinds and segments.
  func allLists() throws -> [ListKind: [ListBlock]] {
    try Dictionary(uniqueKeysWithValues: listWidths.keys.map { ($0, try listBlocks($0)) })
  }

  /// The rows of a segment that were not removed, a few thousand at a time.
  private func live(of segment: Segment) -> [[Int]] {
    let rows = segment.rows.filter { !dead.contains($0) }
    let size = min(4096, segmentRows)
    return stride(from: 0, to: rows.count, by: size).map {
      Array(rows[$0..<min($0 + size, rows.count)])
    }
  }
}

extension StoreChange {
  /// Rows get the numbers from `first` on, which are no higher than their own.
  func renumber(_ rows: ArraySlice<Int>, from first: Int) throws {
    let statement = try database.cachedStatement(sql: "UPDATE item SET row = ? WHERE row = ?")
    for (offset, row) in rows.enumerated() where row != first + offset {
      try statement.execute(arguments: [first + offset, row])
    }
  }

  func forget(_ segments: [Segment]) throws {
    for segment in segments {
      try database.execute(
        sql: "DELETE FROM segment WHERE number = ?", arguments: [segment.number])
      try database.execute(
        sql: "DELETE FROM stretch WHERE segment = ?", arguments: [segment.number])
      try database.execute(
        sql: "DELETE FROM list_stretch WHERE segment = ?", arguments: [segment.number])
    }
  }

  /// Before another segment is begun.
  func synchronizeSegment() throws {
    try store.files?.synchronize()
    try store.files?.writeHeaders(rows: store.segments.last?.rowCount ?? 0)
  }
}

extension Segment {
  /// Readers keep what they have mapped.
  func unlinkFiles(of folder: String) {
    for column in SegmentColumn.allCases { unlink(column.path(folder, segment: number)) }
    for kind in ListKind.allCases {
      unlink(kind.path(folder, segment: number))
      unlink(kind.endsPath(folder, segment: number))
    }
  }
}

extension VectorBlock {
  /// Some rows with their codes, bit for bit.
  fileprivate func gathering(_ rows: [Int]) -> VectorBlock {
    func gathered<Number>(_ numbers: StoredNumbers<Number>, width: Int) -> StoredNumbers<Number> {
      StoredNumbers(count: rows.count * width) { out in
        numbers.withNumbers { numbers in
          for (place, row) in rows.enumerated() {
            _ = out[place * width..<(place + 1) * width]
              .initialize(fromContentsOf: numbers[row * width..<(row + 1) * width])
          }
        }
      }
    }
    let codes = codes.map { codes in
      RowCodes(
        codes: gathered(codes.codes, width: dimension), scales: gathered(codes.scales, width: 1),
        errors: gathered(codes.errors, width: 1), norms: gathered(codes.norms, width: 1),
        dimension: dimension)
    }
    return VectorBlock(
      gathered(vectors, width: dimension), dimension: dimension, codes: codes)
  }
}
