import GRDB

extension DiskStore {
  /// Takes all of another store, and forgets what was here, in one transaction.
  ///
  /// - Throws: what is wrong with either; then nothing has changed.
  package func replaceContents(with other: DiskStore) throws {
    let old = segments
    let blocks = try other.denseBlocks()
    let lists = try other.allLists()
    try change { change in
      files = nil
      segments = []
      dimension = other.dimension
      setListWidths(other.listWidths, hasDense: other.hasDense)
      try change.noteVersion(hasDense: other.hasDense)
      let number = (old.map(\.number).max() ?? 0) + 1
      for (place, (segment, block)) in zip(other.segments, blocks).enumerated() {
        try change.synchronizeSegment()
        try change.beginSegment(number + place, firstRow: segment.firstRow)
        try change.append(segment.rowCount, block, lists: lists.mapValues { $0[place] })
      }
      dead = other.dead
      try change.takeTables(of: other)
      try change.forget(old)
      try change.markDead()
    }
    try load()
    for segment in old { segment.unlinkFiles(of: path) }
  }
}

extension StoreChange {
  func takeTables(of other: DiskStore) throws {
    for table in ["item", "source", "meta"] {
      try database.execute(sql: "DELETE FROM \(table)")
    }
    for table in ["meta", "source", "item"] {
      try other.read { theirs in
        let rows = try Row.fetchCursor(theirs, sql: "SELECT * FROM \(table)")
        while let row = try rows.next() {
          let marks = Array(repeating: "?", count: row.count).joined(separator: ", ")
          try database.cachedStatement(sql: "INSERT INTO \(table) VALUES (\(marks))")
            .execute(arguments: StatementArguments(row.databaseValues))
        }
      }
    }
  }
}
