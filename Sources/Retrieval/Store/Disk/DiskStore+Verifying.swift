import GRDB
import TesseraTensors

/// What a look at every byte of a store found.
package struct StoreVerification: Sendable {
  package var rowCount = 0
  package var checksumCount = 0
  /// One line each; none where all is well.
  package var problems: [String] = []
}

extension DiskStore {
  /// Compares every checksum, and the database with the files.
  ///
  /// - Throws: what makes looking impossible; what is found to be wrong is in the answer.
  package func verify() throws -> StoreVerification {
    var found = StoreVerification()
    try noting(&found) { $0.rowCount = try count() }
    try noting(&found) { found in
      found.problems += try read { try String.fetchAll($0, sql: "PRAGMA integrity_check(20)") }
        .filter { $0 != "ok" }.map { "\(StoreDatabase.fileName): \($0)" }
    }
    for segment in segments {
      try noting(&found) { try verify(segment, &$0) }
      for kind in listWidths.keys { try noting(&found) { try verifyLists(segment, kind, &$0) } }
    }
    try noting(&found, verifyRows)
    return found
  }

  /// What cannot be read of a damaged database is a problem as others are, told once.
  private func noting(
    _ found: inout StoreVerification, _ body: (inout StoreVerification) throws -> Void
  ) throws {
    do {
      try body(&found)
    } catch let error as StoreError {
      guard case .damaged = error else { throw error }
      if !found.problems.contains("\(error)") { found.problems.append("\(error)") }
    }
  }

  private func verify(_ segment: Segment, _ found: inout StoreVerification) throws {
    guard dimension != nil || !hasDense else {
      return found.problems.append("\(StoreDatabase.fileName): \(Self.dimensionIsMissing)")
    }
    let block: VectorBlock?
    do {
      block = try dimension.map { try segment.map(path, dimension: $0) }
    } catch {
      return found.problems.append("\(error)")
    }
    let stretches = try read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM stretch WHERE segment = ? ORDER BY first",
        arguments: [segment.number])
    }
    var next = 0
    for stretch in stretches {
      let (first, rows): (Int, Int) = (try stretch.required("first"), try stretch.required("rows"))
      guard first == next, rows > 0, rows <= segment.rowCount - first else {
        found.problems.append(
          "\(StoreDatabase.fileName): the checksums of segment \(segment.number) do not cover it")
        return
      }
      next = first + rows
      guard let block else { continue }
      let hashes = block.hashes(first..<first + rows)
      for (column, expected, actual) in [
        (SegmentColumn.vectors, try stretch.required("vectors", as: String.self), hashes.vectors),
        (.codes, try stretch.required("codes", as: String.self), hashes.codes),
      ] {
        found.checksumCount += 1
        guard expected != actual else { continue }
        found.problems.append(
          "\(column.path(path, segment: segment.number)): rows \(first) to \(first + rows - 1)"
            + (column == .vectors ? "" : ", or their lengths beside it,")
            + " are not what was written")
      }
    }
    if next != segment.rowCount {
      found.problems.append(
        "\(StoreDatabase.fileName): \(segment.rowCount - next) rows of segment"
          + " \(segment.number) have no checksum")
    }
  }

  static let dimensionIsMissing = "it has rows, but no dimension"

  private func verifyRows(_ found: inout StoreVerification) throws {
    var seen = 0
    try read { database in
      let rows = try Int.fetchCursor(database, sql: "SELECT row FROM item")
      while let row = try rows.next() {
        seen += 1
        if row < 0 || row >= allocatedRows || dead.contains(row) {
          found.problems.append("\(StoreDatabase.fileName): row \(row) has no vector")
        }
      }
    }
    let live = allocatedRows - dead.count
    if seen != live {
      found.problems.append(
        "\(StoreDatabase.fileName): \(live) vectors were not removed, \(seen) rows are known")
    }
  }
}

extension VectorBlock {
  /// Hashes of the bytes of some rows, as they were when the rows were written.
  fileprivate func hashes(_ rows: Range<Int>) -> (vectors: String, codes: String) {
    var vectors = ""
    var hash = SHA256()
    for column in SegmentColumn.allCases {
      let perRow = column.bytesPerRow(dimension: dimension)
      codes?.withBytes(of: column, vectors: self) { bytes in
        let range = rows.lowerBound * perRow..<rows.upperBound * perRow
        let part = UnsafeRawBufferPointer(rebasing: bytes[range])
        if column == .vectors { vectors = SHA256.hexadecimal(of: part) } else { hash.update(part) }
      }
    }
    return (vectors, hash.hexadecimal())
  }
}
