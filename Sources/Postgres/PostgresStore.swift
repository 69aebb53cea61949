import Foundation
import TesseraJSON
import TesseraRetrieval

/// A table of PostgreSQL with pgvector, as a store.
///
/// One table, made with the first rows, says in its comment what made them. A batch is a transaction.
package final class PostgresStore: KeptStore {
  private let connection: PostgresConnection
  private let address: PostgresAddress
  /// Nil before the first row.
  private var dimension: Int?
  private var values: [String: String] = [:]

  private static let batchRows = 1000
  private static let pageRows = 500
  /// Those that a row is read from, and written to, in this order.
  private static let columns = [
    "id", "kind", "text", "image", "path", "file", "folder", "name", "first_line", "last_line",
    "width", "height", "taken", "metadata", "hash", "signature", "bytes", "modified", "source",
    "embedding",
  ]

  /// - Parameter creating: whether a table that is not there will be made.
  /// - Throws: `PostgresError`.
  package init(_ address: PostgresAddress, creating: Bool) throws {
    self.address = address
    connection = try PostgresConnection(address.connection, place: address.place)
    let found = try connection.run(
      "SELECT obj_description(to_regclass($1)), to_regclass($1)::text", [address.quotedTable])
    guard found.first?.last ?? nil != nil else {
      guard creating else { throw PostgresError.noTable(address.table, of: address.place) }
      return
    }
    let size = try connection.run(
      """
      SELECT atttypmod FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attname = 'embedding' AND NOT attisdropped
      """, [address.quotedTable])
    guard let size = size.first?.first.flatMap({ $0 }).flatMap({ Int($0) }), size > 0 else {
      throw PostgresError.notATable(
        address.place, reason: "expected a column embedding of vectors of one size")
    }
    dimension = size
    values = Self.values(found.first?.first ?? nil)
  }

  private static func values(_ comment: String?) -> [String: String] {
    let json = comment.flatMap { text in try? JSONReader.read(text) { try $0.readValue() } }
    guard case .object(let members) = json?["tessera"] else { return [:] }
    return Dictionary(
      members.compactMap { member in member.value.string.map { (member.key, $0) } },
      uniquingKeysWith: { $1 })
  }

  package var place: String { address.place }
  private var table: String { address.quotedTable }

  package func describe() throws -> StoreDescription {
    StoreDescription(
      place: place, rowCount: try count(), dimension: dimension, fingerprint: try fingerprint())
  }

  package func value(of key: String) -> String? { values[key] }

  package func setValue(_ value: String, of key: String) throws {
    values[key] = value
    if dimension != nil { try keepValues() }
  }

  private func keepValues() throws {
    var json = JSONWriter()
    json.writeObject { object in
      object.object("tessera") { object in
        for (key, value) in values.sorted(by: { $0.key < $1.key }) { object.member(key, value) }
      }
    }
    // A comment takes no parameters, so the server spells it.
    let statement = try connection.run(
      "SELECT 'COMMENT ON TABLE ' || $1 || ' IS ' || quote_literal($2)", [table, json.text])
    if let statement = statement.first?.first ?? nil { try connection.run(statement) }
  }

  // MARK: Rows

  package func count() throws -> Int {
    guard dimension != nil else { return 0 }
    return try connection.run("SELECT count(*) FROM \(table)").first?.first?.flatMap { Int($0) }
      ?? 0
  }

  package func add(kept rows: [KeptRow]) throws {
    guard let first = rows.first else { return }
    try RowCheck(dimension: dimension).check(rows.map { StoreRow($0.item, vector: $0.vector) })
    let lines = try rows.map { row in
      guard let unit = row.vector.ofLengthOne else { throw StoreError.noDirection(id: row.item.id) }
      return Self.line(row, unit)
    }
    let isNew = dimension == nil
    try connection.transaction {
      if isNew { try create(size: first.vector.count) }
      for start in stride(from: 0, to: rows.count, by: Self.batchRows) {
        let end = min(start + Self.batchRows, rows.count)
        try delete(rows[start..<end].map(\.item.id))
        let names = Self.columns.joined(separator: ", ")
        try connection.copy(
          "COPY \(table) (\(names)) FROM STDIN", Array(lines[start..<end]))
      }
    }
    if isNew {
      dimension = first.vector.count
      try keepValues()
    }
  }

  private func create(size: Int) throws {
    let operators = address.type == "halfvec" ? "halfvec_ip_ops" : "vector_ip_ops"
    // Of several writers that begin at once, one makes what is missing.
    try connection.run("SELECT pg_advisory_xact_lock(hashtext('tessera'))")
    let found = try connection.run("SELECT to_regclass($1)", [table])
    if found.first?.first ?? nil != nil { return }
    try connection.run("CREATE EXTENSION IF NOT EXISTS vector")
    try connection.run(
      """
      CREATE TABLE \(table) (
        row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text NOT NULL UNIQUE,
        kind text NOT NULL, text text, image text, path text, file text, folder text, name text,
        first_line integer, last_line integer, width integer, height integer, taken text,
        metadata jsonb, hash text NOT NULL DEFAULT '', signature text, bytes bigint, modified text,
        source jsonb, embedding \(address.type)(\(size)) NOT NULL)
      """)
    if address.isIndexed {
      try connection.run("CREATE INDEX ON \(table) USING hnsw (embedding \(operators))")
    }
  }

  /// A row as a line of COPY's text format.
  private static func line(_ row: KeptRow, _ vector: [Float]) -> String {
    let item = row.item
    let name = item.file.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    let folder = item.file.flatMap { file in name.map { String(file.dropLast($0.count + 1)) } }
    var source: String?
    if let record = row.source {
      var json = JSONWriter()
      json.writeObject { record.write(to: &$0) }
      source = json.text
    }
    let fields: [String?] = [
      item.id, item.kind.rawValue, item.text, item.image, item.path, item.file, folder, name,
      item.lines.map { "\($0.lowerBound)" }, item.lines.map { "\($0.upperBound)" },
      item.width.map(String.init), item.height.map(String.init), item.taken, item.metadata,
      item.contentHash, item.sourceSignature, row.source.map { "\($0.byteCount)" },
      row.source?.modifiedText, source, text(of: vector),
    ]
    return fields.map { $0.map(escaped) ?? "\\N" }.joined(separator: "\t") + "\n"
  }

  private static func text(of vector: [Float]) -> String {
    "[\(vector.map(\.description).joined(separator: ","))]"
  }

  private static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\t": out += "\\t"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  package func remove(ids: [String]) throws -> Int {
    guard dimension != nil, !ids.isEmpty else { return 0 }
    return try delete(ids)
  }

  @discardableResult
  private func delete(_ ids: [String]) throws -> Int {
    try connection.run(
      """
      WITH gone AS (DELETE FROM \(table)
      WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) RETURNING 1)
      SELECT count(*) FROM gone
      """, [Self.list(ids)]
    ).first?.first?.flatMap { Int($0) } ?? 0
  }

  private static func list(_ texts: [String]) -> String {
    var json = JSONWriter()
    texts.writeJSON(to: &json)
    return json.text
  }

  package func rows(_ selection: StoreSelection) throws -> [StoredItem] {
    var items: [StoredItem] = []
    try forEachRow(selection, vector: "NULL") { items.append($0.item) }
    return items
  }

  package func forEachKept(
    _ selection: StoreSelection, _ body: (KeptRow) throws -> Void
  ) throws {
    try forEachRow(selection, vector: "embedding", body)
  }

  private func forEachRow(
    _ selection: StoreSelection, vector: String, _ body: (KeptRow) throws -> Void
  ) throws {
    guard dimension != nil else { return }
    var last = "0"
    var offset = selection.offset
    var left = selection.limit ?? .max
    while left > 0 {
      let filter = selection.filter.map { PostgresFilter($0, after: [last]) }
      let page = try connection.run(
        """
        SELECT \(Self.selected(vector)), row FROM \(table)
        WHERE row > $1::bigint AND \(filter?.sql ?? "TRUE")
        ORDER BY row LIMIT \(min(left, Self.pageRows)) OFFSET \(offset)
        """, filter?.values ?? [last])
      for row in page { try body(try Self.row(row)) }
      guard page.count == min(left, Self.pageRows), let end = page.last?.last ?? nil else { return }
      (last, offset) = (end, 0)
      left -= page.count
    }
  }

  private static func selected(_ vector: String) -> String {
    columns.dropLast().joined(separator: ", ") + ", \(vector)"
  }

  package func kept(ids: [String]) throws -> [String: KeptRow] {
    guard dimension != nil else { return [:] }
    let rows = try connection.run(
      """
      SELECT \(Self.selected("embedding")) FROM \(table)
      WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))
      """, [Self.list(ids)])
    return Dictionary(
      try rows.map { try Self.row($0) }.map { ($0.item.id, $0) }, uniquingKeysWith: { $1 })
  }

  private static func row(_ fields: [String?]) throws -> KeptRow {
    var item = StoredItem(
      id: fields[0] ?? "", text: fields[2], image: fields[3], path: fields[4],
      metadata: fields[13])
    if let first = fields[8].flatMap({ Int($0) }), let last = fields[9].flatMap({ Int($0) }),
      first <= last
    {
      item.lines = first...last
    }
    (item.width, item.height) = (fields[10].flatMap { Int($0) }, fields[11].flatMap { Int($0) })
    item.taken = fields[12]
    item.contentHash = fields[14] ?? ""
    item.sourceSignature = fields[15]
    item.noteKind(fields[1])
    let source = try fields[18].flatMap { text in
      SourceRecord(json: try JSONReader.read(text) { try $0.readValue() })
    }
    let numbers = fields[19]?.dropFirst().dropLast().split(separator: ",").map { Float($0) ?? .nan }
    return KeptRow(item: item, vector: numbers ?? [], source: source)
  }

  // MARK: Search

  package func search(_ queries: [[Float]], _ request: StoreRequest) throws -> [[StoreHit]] {
    guard let dimension else { return queries.map { _ in [] } }
    if address.isIndexed {
      let breadth = min(
        1000, max(40, request.limit == .max ? 1000 : request.limit + request.offset))
      try connection.run("SET hnsw.ef_search = \(breadth)")
      try connection.run("SET hnsw.iterative_scan = strict_order")
    }
    return try queries.enumerated().map { index, query in
      guard query.count == dimension else {
        throw StoreError.dimension(id: "query \(index)", expected: dimension, found: query.count)
      }
      guard let unit = query.ofLengthOne else { throw StoreError.noDirection(id: "query \(index)") }
      let vector = Self.text(of: unit)
      let filter = request.filter.map { PostgresFilter($0, after: [vector]) }
      let distance = "embedding <#> $1::\(address.type)"
      let rows = try connection.run(
        """
        SELECT \(Self.selected("NULL")), -(\(distance)) FROM \(table)
        WHERE \(filter?.sql ?? "TRUE") ORDER BY \(distance), row
        LIMIT \(request.limit == .max ? "ALL" : "\(request.limit)") OFFSET \(request.offset)
        """, filter?.values ?? [vector])
      let least = request.minimumScore ?? -.infinity
      return try rows.compactMap { fields -> StoreHit? in
        let score = fields.last.flatMap { $0 }.flatMap { Float($0) } ?? 0
        guard score >= least else { return nil }
        return StoreHit(item: try Self.row(fields).item, score: score)
      }
    }
  }
}
