import GRDB
import TesseraEmbedders
import TesseraTensors

extension Segment {
  /// Maps the lists of one kind, as far as rows are committed.
  ///
  /// - Throws: `StoreError`, `FileError`.
  func lists(_ kind: ListKind, width: Int, in folder: String) throws -> ListBlock {
    let endsPath = kind.endsPath(folder, segment: number)
    let ends = StoredNumbers<Int64>(
      try Self.mapped(endsPath, like: NumPyHeader(type: "<i8", row: []), rows: rowCount),
      byteOffset: SegmentColumn.headerLength, count: rowCount)
    let count = try ends.withNumbers { ends in
      var last: Int64 = 0
      for end in ends {
        guard end >= last, end <= Int64(Int32.max) * 64 else {
          throw StoreError.damaged(file: endsPath, reason: "the ends of the lists do not ascend")
        }
        last = end
      }
      return Int(last)
    }
    let path = kind.path(folder, segment: number)
    let storage = try Self.mapped(path, like: NumPyHeader(type: "<f4", row: [width]), rows: count)
    return ListBlock(
      ends: ends,
      numbers: StoredNumbers(
        storage, byteOffset: SegmentColumn.headerLength, count: count * width),
      width: width)
  }
}

extension DiskStore {
  /// The lists of all segments, those of removed rows included.
  ///
  /// - Throws: `StoreError.noLists`, or what is wrong with a file.
  func listBlocks(_ kind: ListKind) throws -> [ListBlock] {
    guard let width = listWidths[kind] else { throw StoreError.noLists(path, kind: kind.rawValue) }
    if let mapped = mappedLists[kind] { return mapped }
    let blocks = try segments.map { try $0.lists(kind, width: width, in: path) }
    mappedLists[kind] = blocks
    return blocks
  }

  /// The kinds of vectors that every row has.
  package var vectorKinds: [VectorKind] {
    (hasDense ? [.dense] : [])
      + ListKind.allCases.filter { listWidths[$0] != nil }.compactMap {
        VectorKind(rawValue: $0.rawValue)
      }
  }

  /// Says, before there are rows, which kinds of vectors all of them will have.
  package func setVectorKinds(_ kinds: [VectorKind]) throws {
    try change { change in
      try change.setValue(kinds.map(\.rawValue).joined(separator: ","), of: Self.kindsKey)
      try change.noteVersion(hasDense: kinds.contains(.dense))
    }
    try load()
  }

  private static let kindsKey = "kinds"

  /// As the database has them: dense alone where it says nothing.
  ///
  /// - Throws: `StoreError.damaged`.
  static func kinds(in database: Database) throws -> [VectorKind] {
    let text = try String.fetchOne(
      database, sql: "SELECT value FROM meta WHERE key = ?", arguments: [kindsKey])
    guard let words = text?.split(separator: ",", omittingEmptySubsequences: false) else {
      return [.dense]
    }
    return try words.map { word in
      guard let kind = VectorKind(rawValue: String(word)) else {
        throw StoreError.damaged(
          file: StoreDatabase.fileName,
          reason: "meta.kinds: expected dense, sparse and colbert; found \(word.prefix(60))")
      }
      return kind
    }
  }

  static func widthKey(_ kind: ListKind) -> String { "\(kind.rawValue) width" }

  /// A row's vectors of all kinds.
  package func row(_ row: Int, as item: StoredItem) throws -> StoreRow {
    var stored = StoreRow(item, vector: hasDense ? try vector(row: row) : [])
    guard let place = segments.firstIndex(where: { $0.rows.contains(row) }) else { return stored }
    for (kind, width) in listWidths {
      let list = try listBlocks(kind)[place].list(row - segments[place].firstRow)
      switch kind {
      case .sparse:
        stored.lexicalWeights = Dictionary(
          uniqueKeysWithValues: stride(from: 0, to: list.count, by: 2).map {
            (Int(list[$0]), list[$0 + 1])
          })
      case .colbert:
        stored.tokenVectors = stride(from: 0, to: list.count, by: width).map {
          Array(list[$0..<$0 + width])
        }
      }
    }
    return stored
  }
}
