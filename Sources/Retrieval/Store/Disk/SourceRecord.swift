import GRDB

/// What a store keeps of a file that items were read from.
package struct SourceRecord: Equatable, Sendable {
  package let path: String
  /// As the user named it.
  package var name = ""
  /// The text beside a picture.
  package var caption: String?
  package var kind = ""
  package var byteCount = 0
  /// Nanoseconds since 1970.
  package var modified = 0
  /// Sizes and times of the file and of those that belong to it.
  package var signature = ""
  package var sha256 = ""
  /// When the file was read, in the same unit.
  package var checked = 0
  package var state = State.partial
  package var error: String?

  package enum State: String, Sendable {
    /// All its items are rows.
    case done
    /// A run was stopped within it.
    case partial
    /// It, or some of its items, cannot be read.
    case failed
  }

  package init(path: String) { self.path = path }

  /// - Throws: `StoreError.damaged`.
  init(_ row: Row) throws {
    path = try row.required("path")
    name = try row.required("name")
    caption = try row.optional("caption")
    kind = try row.required("kind")
    byteCount = try row.required("bytes")
    modified = try row.required("modified")
    signature = try row.required("signature")
    sha256 = try row.required("sha256")
    checked = try row.required("checked")
    state = State(rawValue: try row.required("state")) ?? .partial
    error = try row.optional("error")
  }
}

extension DiskStore {
  /// The files that items were read from, by path, with the number of their rows.
  package func sources() throws -> [String: (record: SourceRecord, rowCount: Int)] {
    try read { database in
      var sources: [String: (record: SourceRecord, rowCount: Int)] = [:]
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT source.*, COUNT(item.row) AS count FROM source
          LEFT JOIN item ON item.source = source.number GROUP BY source.number
          """)
      while let row = try rows.next() {
        let record = try SourceRecord(row)
        sources[record.path] = (record, try row.required("count"))
      }
      return sources
    }
  }

  /// The rows of a file, by id.
  package func items(ofSource path: String) throws -> [String: (row: Int, item: StoredItem)] {
    try read { database in
      var items: [String: (row: Int, item: StoredItem)] = [:]
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT item.*, source.path, source.signature FROM item JOIN source ON source.number = item.source
          WHERE source.path = ?
          """, arguments: [path])
      while let row = try rows.next() {
        items[try row.required("id")] = (try row.required("row"), try StoredItem(row))
      }
      return items
    }
  }

  /// The pictures that a file's items name, each once, in order.
  package func images(ofSource path: String) throws -> [String] {
    try read {
      try String.fetchAll(
        $0,
        sql: """
          SELECT DISTINCT item.image FROM item JOIN source ON source.number = item.source
          WHERE source.path = ? AND item.image IS NOT NULL
          """, arguments: [path])
    }.sorted()
  }

  /// A row that stands for the same content; nil where there is none.
  package func row(withHash hash: String) throws -> Int? {
    try read {
      try Int.fetchOne(
        $0.cachedStatement(sql: "SELECT row FROM item WHERE hash = ? LIMIT 1"), arguments: [hash])
    }
  }

  /// The file that an id's row was read from, empty where it came from none; nil where no row has
  /// the id.
  package func source(ofID id: String) throws -> String? {
    try read {
      try String.fetchOne(
        $0.cachedStatement(
          sql: """
            SELECT COALESCE(source.path, '') FROM item
            LEFT JOIN source ON source.number = item.source WHERE item.id = ?
            """), arguments: [id])
    }
  }
}

extension StoreChange {
  /// Keeps what is known of a file, and gives its number.
  package func put(_ source: SourceRecord) throws -> Int {
    try database.cachedStatement(
      sql: """
        INSERT INTO source (path, name, caption, kind, bytes, modified, signature, sha256, checked,
        state, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET name = excluded.name, caption = excluded.caption,
        kind = excluded.kind, bytes = excluded.bytes, modified = excluded.modified,
        signature = excluded.signature, sha256 = excluded.sha256,
        checked = excluded.checked, state = excluded.state, error = excluded.error
        """
    ).execute(
      arguments: [
        source.path, source.name, source.caption, source.kind, source.byteCount,
        source.modified, source.signature,
        source.sha256, source.checked, source.state.rawValue, source.error,
      ])
    guard
      let number = try Int.fetchOne(
        database.cachedStatement(sql: "SELECT number FROM source WHERE path = ?"),
        arguments: [source.path])
    else { preconditionFailure("a source that was just put is there") }
    return number
  }

  /// Forgets a file and its rows; gives how many they were.
  package func removeSource(_ path: String) throws -> Int {
    let rows = try Int.fetchAll(
      database,
      sql: """
        SELECT row FROM item JOIN source ON source.number = item.source WHERE source.path = ?
        """, arguments: [path])
    for row in rows { try remove(row: row) }
    try database.execute(sql: "DELETE FROM source WHERE path = ?", arguments: [path])
    return rows.count
  }

  /// Replaces what is known of a row whose vector stays.
  package func update(_ item: StoredItem, row: Int) throws {
    try database.cachedStatement(
      sql: """
        UPDATE item SET id = ?, text = ?, image = ?, first_line = ?, last_line = ?, width = ?,
        height = ?, taken = ?, metadata = ? WHERE row = ?
        """
    ).execute(
      arguments: [
        item.id, item.text, item.image, item.lines?.lowerBound, item.lines?.upperBound,
        item.width, item.height, item.taken, item.metadata, row,
      ])
  }
}
