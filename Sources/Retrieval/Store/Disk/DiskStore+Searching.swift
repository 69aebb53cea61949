import GRDB
import TesseraTensors

extension DiskStore {
  /// For each query, the best rows first; of equal scores the one that was added first.
  ///
  /// Every row is looked at: by its int8 codes first, and in float32 wherever they leave a doubt.
  /// - Throws: `SearchError`, `StoreError`, or what is wrong with a file.
  public func search(_ queries: [[Float]], _ request: StoreRequest) throws -> [[StoreHit]] {
    let hits = try search(
      queries, k: request.limit == .max ? allocatedRows : request.offset + request.limit,
      filter: request.filter, precision: .int8)
    let least = request.minimumScore ?? -.infinity
    return try read { database in
      try hits.map { hits in
        try hits.dropFirst(request.offset).prefix(request.limit).prefix { $0.score >= least }
          .map { hit in
            guard let item = try StoredItem.find(row: hit.row, in: database) else {
              throw self.unknownRow(hit.row)
            }
            return StoreHit(item: item, score: hit.score, row: hit.row)
          }
      }
    }
  }

  func unknownRow(_ row: Int) -> StoreError {
    .damaged(
      file: "\(path)/\(StoreDatabase.fileName)",
      reason: "row \(row) is neither known nor removed; tessera store verify")
  }

  /// The best rows by their numbers.
  package func search(
    _ queries: [[Float]], k: Int, filter: Filter? = nil, precision: ExactSearch.Precision
  ) throws -> [[Hit]] {
    try requireDense()
    let blocks = try blocks()
    guard let dimension, let first = queries.first, !blocks.isEmpty else {
      return queries.map { _ in [] }
    }
    if let other = queries.firstIndex(where: { $0.count != dimension }) {
      throw SearchError.dimension(query: queries[other].count, vectors: dimension)
    }
    let units = try units(queries)
    let matrix = Tensor(units.flatMap { $0 }, shape: [queries.count, first.count])
    return try ExactSearch().topK(
      matrix, in: blocks, k: min(k, allocatedRows), precision: precision,
      excluding: try filter.map { try rowsWithout($0) } ?? dead)
  }

  /// The queries at length 1.
  func units(_ queries: [[Float]]) throws -> [[Float]] {
    try queries.enumerated().map { index, query in
      guard query.allSatisfy(\.isFinite) else { throw SearchError.notFinite(query: index) }
      guard let unit = query.ofLengthOne else {
        throw StoreError.noDirection(id: "query \(index)")
      }
      return unit
    }
  }

  /// Rows that were removed, or of which the condition is not true.
  func rowsWithout(_ filter: Filter) throws -> RowSet {
    var words = [UInt64](repeating: .max, count: (allocatedRows + 63) / 64)
    try read { database in
      let request: SQLRequest<Int> =
        """
        SELECT item.row FROM item LEFT JOIN source ON source.number = item.source
        WHERE \(filter.sql)
        """
      let rows = try request.fetchCursor(database)
      while let row = try rows.next() {
        try requireVector(ofRow: row)
        words[row / 64] &= ~(1 << UInt64(row % 64))
      }
    }
    return RowSet(words: words)
  }

  /// Which of these ids no row has.
  package func missing(ids: Set<String>) throws -> [String] {
    try read { database in
      let missing = try ids.filter { id in
        try Int.fetchOne(
          database, sql: "SELECT row FROM item WHERE id = ?", arguments: [id]) == nil
      }
      return Array(missing)
    }
  }

  /// What is known of rows, in the order in which they were added.
  public func rows(_ selection: StoreSelection) throws -> [StoredItem] {
    var items: [StoredItem] = []
    try forEachRow(selection) { _, item in items.append(item) }
    return items
  }

  /// Hands out rows one after another, so that a store of any size can be passed over.
  package func forEachRow(
    _ selection: StoreSelection = .init(), _ body: (Int, StoredItem) throws -> Void
  ) throws {
    let condition = selection.filter?.sql ?? SQL("1")
    let request: SQLRequest<Row> =
      """
      SELECT item.*, source.path, source.signature FROM item LEFT JOIN source ON source.number = item.source
      WHERE \(condition) ORDER BY item.row LIMIT \(selection.limit ?? -1) OFFSET \(selection.offset)
      """
    try read { database in
      let rows = try request.fetchCursor(database)
      while let row = try rows.next() {
        let number = try row.required("row", as: Int.self)
        try requireVector(ofRow: number)
        try body(number, StoredItem(row))
      }
    }
  }

  /// - Throws: `StoreError.damaged` for a row that no segment holds.
  private func requireVector(ofRow row: Int) throws {
    guard segments.contains(where: { $0.rows.contains(row) }) else {
      throw StoreError.damaged(
        file: StoreDatabase.fileName, reason: "item.row: no segment holds row \(row)")
    }
  }

  /// The vector of a row.
  package func vector(row: Int) throws -> [Float] {
    guard let dimension, let index = segments.firstIndex(where: { $0.rows.contains(row) }) else {
      preconditionFailure("row \(row) of \(allocatedRows)")
    }
    let start = (row - segments[index].firstRow) * dimension
    return try blocks()[index].vectors.withNumbers { Array($0[start..<start + dimension]) }
  }
}

extension StoredItem {
  static func find(row: Int, in database: Database) throws -> StoredItem? {
    try Row.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT item.*, source.path, source.signature FROM item LEFT JOIN source ON source.number = item.source
          WHERE item.row = ?
          """), arguments: [row]
    ).map(StoredItem.init)
  }

  /// - Throws: `StoreError.damaged`.
  init(_ row: Row) throws {
    self.init(
      id: try row.required("id"), text: try row.optional("text"), image: try row.optional("image"),
      path: try row.optional("path"), metadata: try row.optional("metadata"))
    if let first: Int = try row.optional("first_line"),
      let last: Int = try row.optional("last_line"), first <= last
    {
      lines = first...last
    }
    width = try row.optional("width")
    height = try row.optional("height")
    taken = try row.optional("taken")
    contentHash = try row.required("hash")
    sourceSignature = try row.optional("signature")
    noteKind(try row.optional("kind"))
  }
}
