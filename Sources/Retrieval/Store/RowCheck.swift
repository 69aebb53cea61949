extension StoredItem {
  /// A field that a database would cut: SQLite's texts end at a NUL, and PostgreSQL's have none.
  package var fieldWithNull: String? {
    let texts = [("id", id), ("text", text), ("image", image), ("metadata", metadata)]
    return texts.first { $0.1?.utf8.contains(0) ?? false }?.0
  }
}

/// Refuses rows that no store can hold.
package struct RowCheck {
  /// Numbers in a vector; nil where any length will do.
  let dimension: Int?
  /// Whether dense vectors are kept at all; others do not matter.
  let hasDense: Bool

  package init(dimension: Int?, hasDense: Bool = true) {
    self.dimension = dimension
    self.hasDense = hasDense
  }

  /// - Throws: `StoreError`.
  package func check(_ rows: [StoreRow]) throws(StoreError) {
    var ids: Set<String> = []
    for row in rows {
      let expected = dimension ?? rows[0].vector.count
      guard !hasDense || row.vector.count == expected && expected > 0 else {
        throw .dimension(id: row.item.id, expected: max(1, expected), found: row.vector.count)
      }
      if let field = row.item.fieldWithNull {
        throw .nullCharacter(id: row.item.id, field: field)
      }
      guard !hasDense || row.vector.allSatisfy(\.isFinite) else {
        throw .notFinite(id: row.item.id)
      }
      guard ids.insert(row.item.id).inserted else { throw .repeatedID(row.item.id) }
    }
  }
}
