import GRDB

extension Filter {
  /// The condition as SQL over `item` and `source`; whatever a user wrote is bound, never spelled.
  var sql: SQL { condition.sql }
}

extension Filter.Condition {
  fileprivate var sql: SQL {
    switch self {
    case .or(let parts): SQL("(\(parts.map(\.sql).joined(separator: " OR ")))")
    case .and(let parts): SQL("(\(parts.map(\.sql).joined(separator: " AND ")))")
    // Unknown is no answer: every test is true or false.
    case .not(let part): SQL("(NOT \(part.sql))")
    case .compare(let field, let comparison, let value):
      SQL("COALESCE(\(field.test(comparison, value)), 0)")
    case .isIn(let field, let values):
      SQL("COALESCE((\(values.map { field.test(.equal, $0) }.joined(separator: " OR "))), 0)")
    case .like(let field, let pattern): SQL("COALESCE(\(field.sql) LIKE \(pattern), 0)")
    case .contains(let field, let value): SQL("COALESCE(\(field.containing(value)), 0)")
    case .exists(let field): SQL("(\(field.sql) IS NOT NULL)")
    }
  }
}

extension FilterField {
  fileprivate var sql: SQL {
    switch self {
    case .metadata(let keys): SQL("json_extract(item.metadata, \(Self.path(keys)))")
    case .fact(let fact): SQL(sql: fact.expression)
    }
  }

  fileprivate func test(_ comparison: Filter.Comparison, _ value: FilterValue) -> SQL {
    let sign = SQL(sql: comparison.rawValue)
    switch value {
    case .number(let number):
      // SQLite holds every text to be above every number.
      return SQL("(typeof(\(sql)) IN ('integer', 'real') AND \(sql) \(sign) \(number.sql))")
    case .bool(let bool):
      guard case .metadata(let keys) = self else {
        return test(comparison, .text(bool ? "true" : "false"))
      }
      let type = SQL("json_type(item.metadata, \(Self.path(keys)))")
      return SQL("(\(type) IN ('true', 'false') AND \(type) \(sign) \(bool ? "true" : "false"))")
    case .text(let text):
      // A day is as long as its hours, a year as its days.
      if case .fact(let fact) = self, fact.isDate {
        return SQL("substr(\(sql), 1, \(text.unicodeScalars.count)) \(sign) \(text)")
      }
      return SQL("(typeof(\(sql)) = 'text' AND \(sql) \(sign) \(text))")
    }
  }

  /// A text that another stands in, or a list that has such an element.
  fileprivate func containing(_ value: FilterValue) -> SQL {
    let (text, element): (String, SQL) =
      switch value {
      case .text(let text): (text, SQL("value = \(text)"))
      case .number(let number): (number.text, SQL("value = \(number.sql)"))
      case .bool(let bool): (bool ? "true" : "false", SQL("type = \(bool ? "true" : "false")"))
      }
    guard case .metadata(let keys) = self else { return SQL("instr(\(sql), \(text)) > 0") }
    let path = Self.path(keys)
    return SQL(
      """
      CASE json_type(item.metadata, \(path))
      WHEN 'array' THEN EXISTS (SELECT 1 FROM json_each(item.metadata, \(path)) WHERE \(element))
      WHEN 'text' THEN instr(\(sql), \(text)) > 0 END
      """)
  }

  /// A path of SQLite's JSON functions, which know no escape for a quote: no key has one, as a
  /// word ends where a quote begins.
  private static func path(_ keys: [String]) -> String {
    "$" + keys.map { ".\"\($0)\"" }.joined()
  }
}

extension FilterNumber {
  /// SQLite compares whole numbers with either kind exactly.
  fileprivate var sql: SQL { if let whole { SQL("\(whole)") } else { SQL("\(value)") } }
}

extension FilterValue {
  /// A number as SQLite spells it.
  static func spelled(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }
}

extension FilterField.Fact {
  /// Over the columns of the schema.
  fileprivate var expression: String {
    switch self {
    case .id: "item.id"
    case .text: "item.text"
    case .image: "item.image"
    case .path: "COALESCE(item.image, source.path)"
    case .folder: "folder_of(COALESCE(item.image, source.path))"
    case .name: "name_of(COALESCE(item.image, source.path))"
    case .kind: "item.kind"
    case .line: "item.first_line"
    case .width: "item.width"
    case .height: "item.height"
    case .bytes: "source.bytes"
    case .modified:
      "strftime('%Y-%m-%dT%H:%M:%SZ', source.modified / 1000000000, 'unixepoch')"
    case .taken: "item.taken"
    }
  }
}
