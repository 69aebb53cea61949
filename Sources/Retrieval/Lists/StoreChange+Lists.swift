import GRDB

extension StoreChange {
  /// Programs that know version 2 alone take every row to have a dense vector.
  func noteVersion(hasDense: Bool) throws {
    try database.execute(sql: "PRAGMA user_version = \(hasDense ? 2 : StoreDatabase.version)")
  }

  /// The first rows show how wide the vectors of their lists are.
  func noteListWidths(of rows: [StoreRow]) throws {
    var widths = store.listWidths
    for (kind, width) in widths where width == 0 {
      guard let found = rows.lazy.compactMap({ kind.width(of: $0) }).first, found > 0 else {
        throw StoreError.missingList(id: rows[0].item.id, kind: kind.rawValue)
      }
      widths[kind] = found
      try setValue("\(found)", of: DiskStore.widthKey(kind))
    }
    store.setListWidths(widths, hasDense: store.hasDense)
  }

  /// The lists that all rows of the store have.
  ///
  /// - Throws: `StoreError` for a row that has none, or one that cannot be kept.
  func lists(of rows: [StoreRow]) throws -> [ListKind: ListBlock] {
    var blocks: [ListKind: ListBlock] = [:]
    for (kind, width) in store.listWidths {
      let lists = try rows.map { row in
        let id = row.item.id
        guard let list = kind.list(of: row) else {
          throw StoreError.missingList(id: id, kind: kind.rawValue)
        }
        guard list.allSatisfy(\.isFinite) else { throw StoreError.notFinite(id: id) }
        if let other = row.tokenVectors?.first(where: { kind == .colbert && $0.count != width }) {
          throw StoreError.dimension(id: id, expected: width, found: other.count)
        }
        return list
      }
      blocks[kind] = ListBlock(lists, width: width)
    }
    return blocks
  }
}
