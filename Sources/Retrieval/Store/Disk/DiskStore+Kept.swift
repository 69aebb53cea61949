import GRDB
import TesseraEmbedders

extension DiskStore: KeptStore {
  package var place: String { path }
  package var possibleKinds: [VectorKind] { VectorKind.allCases }
  package var mayLackDense: Bool { true }

  package func forEachKept(
    _ selection: StoreSelection, _ body: (KeptRow) throws -> Void
  ) throws {
    let sources = try sources()
    try forEachRow(selection) { row, item in
      try body(
        KeptRow(self.row(row, as: item), source: item.path.flatMap { sources[$0]?.record }))
    }
  }

  package func kept(ids: [String]) throws -> [String: KeptRow] {
    let rows = try read { database in
      let statement = try database.cachedStatement(sql: "SELECT row FROM item WHERE id = ?")
      return try ids.compactMap { try Int.fetchOne(statement, arguments: [$0]) }
    }
    var found: [String: KeptRow] = [:]
    for row in rows {
      guard let item = try read({ try StoredItem.find(row: row, in: $0) }) else { continue }
      let source = try item.path.flatMap { try record(ofSource: $0) }
      found[item.id] = KeptRow(try self.row(row, as: item), source: source)
    }
    return found
  }

  /// A file that is not known yet counts as read in part until `finish`.
  package func add(kept rows: [KeptRow]) throws {
    try change { change in
      var numbers: [String: Int] = [:]
      let numbered = try rows.map { row in
        (row.row, try number(of: row, change, &numbers))
      }
      try change.append(numbered)
    }
  }

  package func finish(_ sources: [SourceRecord]) throws {
    try change { change in for source in sources { _ = try change.put(source) } }
  }

  private func number(
    of row: KeptRow, _ change: StoreChange, _ numbers: inout [String: Int]
  ) throws -> Int? {
    guard let path = row.source?.path ?? row.item.path else { return nil }
    if let number = numbers[path] { return number }
    var record = row.source ?? SourceRecord(path: path)
    if record.name.isEmpty { record.name = path }
    record.state = .partial
    let number = try change.number(ofSource: path) ?? change.put(record)
    numbers[path] = number
    return number
  }

  private func record(ofSource path: String) throws -> SourceRecord? {
    try read {
      try Row.fetchOne($0, sql: "SELECT * FROM source WHERE path = ?", arguments: [path])
        .map(SourceRecord.init)
    }
  }
}

extension DiskStore {
  /// Files that could not be read.
  package func failures() throws -> [StoreFinding] {
    try read {
      try Row.fetchAll($0, sql: "SELECT error FROM source WHERE state = 'failed' ORDER BY path")
    }.map {
      .init(kind: "failed", id: nil, message: try $0.optional("error") ?? "it cannot be read")
    }
  }
}

extension StoreChange {
  /// The number of a file that is known.
  func number(ofSource path: String) throws -> Int? {
    try Int.fetchOne(
      database.cachedStatement(sql: "SELECT number FROM source WHERE path = ?"), arguments: [path])
  }
}
