import GRDB

extension DiskStore {
  /// Compares the checksums of one kind of lists.
  func verifyLists(
    _ segment: Segment, _ kind: ListKind, _ found: inout StoreVerification
  ) throws {
    let block: ListBlock
    do {
      block = try segment.lists(kind, width: listWidths[kind] ?? 0, in: path)
    } catch {
      return found.problems.append("\(error)")
    }
    let stretches = try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT stretch.first, stretch.rows, list_stretch.hash FROM stretch
          LEFT JOIN list_stretch ON list_stretch.segment = stretch.segment
            AND list_stretch.first = stretch.first AND list_stretch.kind = ?
          WHERE stretch.segment = ? ORDER BY stretch.first
          """, arguments: [kind.rawValue, segment.number])
    }
    for stretch in stretches {
      let (first, rows): (Int, Int) = (try stretch.required("first"), try stretch.required("rows"))
      guard first >= 0, rows > 0, rows <= block.count - first else { continue }
      found.checksumCount += 1
      if block.hash(first..<first + rows) != (try stretch.optional("hash")) {
        found.problems.append(
          "\(kind.path(path, segment: segment.number)): rows \(first) to \(first + rows - 1), or their"
            + " ends beside it, are not what was written")
      }
    }
  }
}

extension ListBlock {
  /// A hash of the lists of some rows, as they were when the rows were written.
  fileprivate func hash(_ rows: Range<Int>) -> String {
    withLists { numbers, ends in
      var hash = SHA256()
      let start = Self.range(rows.lowerBound, ends, width).lowerBound
      let end = Self.range(rows.upperBound - 1, ends, width).upperBound
      hash.update(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: numbers[start..<end])))
      hash.update(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: ends[rows])))
      return hash.hexadecimal()
    }
  }
}
