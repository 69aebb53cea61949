import TesseraRetrieval

/// A condition as SQL over the columns of a table; whatever a user wrote is a value, never spelled.
struct PostgresFilter {
  private(set) var sql = ""
  private(set) var values: [String]

  /// - Parameter values: those of the statement before it.
  init(_ filter: Filter, after values: [String]) {
    self.values = values
    sql = translate(filter.condition)
  }

  private mutating func value(_ text: String, _ type: String = "text") -> String {
    values.append(text)
    return "$\(values.count)::\(type)"
  }

  private mutating func translate(_ condition: Filter.Condition) -> String {
    switch condition {
    case .or(let parts): return "(\(parts.map { translate($0) }.joined(separator: " OR ")))"
    case .and(let parts): return "(\(parts.map { translate($0) }.joined(separator: " AND ")))"
    // Unknown is no answer: every test is true or false.
    case .not(let part): return "(NOT \(translate(part)))"
    case .compare(let field, let comparison, let value): return test(field, comparison, value)
    case .isIn(let field, let values):
      return "(\(values.map { test(field, .equal, $0) }.joined(separator: " OR ")))"
    case .like(let field, let pattern):
      return Self.certain(
        "\(Self.folded(text(of: field))) LIKE \(Self.folded(value(pattern))) ESCAPE ''")
    case .contains(let field, let value): return contains(field, value)
    case .exists(.fact(let fact)): return "(\(fact.column) IS NOT NULL)"
    case .exists(.metadata(let keys)):
      return Self.certain("jsonb_typeof(\(member(keys))) <> 'null'")
    }
  }

  private static func certain(_ sql: String) -> String { "COALESCE(\(sql), FALSE)" }

  /// ASCII letters are equal in both cases, as in SQLite.
  private static func folded(_ sql: String) -> String {
    "translate(\(sql), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
  }

  private mutating func member(_ keys: [String]) -> String {
    let quoted = keys.map { key in
      let escaped = key.map { ["\\", "\""].contains($0) ? "\\\($0)" : "\($0)" }.joined()
      return "\"\(escaped)\""
    }
    return "(metadata #> \(value("{\(quoted.joined(separator: ","))}", "text[]")))"
  }

  private mutating func text(of field: FilterField) -> String {
    switch field {
    case .fact(let fact): return "\(fact.column)::text"
    case .metadata(let keys):
      let member = member(keys)
      return """
        (CASE jsonb_typeof(\(member)) WHEN 'string' THEN \(member) #>> '{}' \
        WHEN 'number' THEN \(member) #>> '{}' \
        WHEN 'boolean' THEN CASE \(member) #>> '{}' WHEN 'true' THEN '1' ELSE '0' END END)
        """
    }
  }

  private mutating func test(
    _ field: FilterField, _ comparison: Filter.Comparison, _ tested: FilterValue
  ) -> String {
    let sign = comparison == .notEqual ? "<>" : comparison.rawValue
    switch field {
    case .fact(let fact):
      switch tested {
      case .number(let number):
        guard fact.isNumber else { return "FALSE" }
        return Self.certain("\(fact.column) \(sign) \(value(number.text, number.type))")
      case .bool(let bool): return test(field, comparison, .text("\(bool)"))
      case .text(let text):
        guard !fact.isNumber else { return "FALSE" }
        // A day is as long as its hours, a year as its days.
        let column =
          fact.isDate ? "left(\(fact.column), \(text.unicodeScalars.count))" : fact.column
        return Self.certain("(\(column)) COLLATE \"C\" \(sign) \(value(text))")
      }
    case .metadata(let keys):
      let member = member(keys)
      let type = "jsonb_typeof(\(member))"
      switch tested {
      case .number(let number):
        let bound = value(number.text, number.type)
        return Self.certain(
          """
          CASE \(type) WHEN 'number' THEN (\(member) #>> '{}')::\(number.type) \(sign) \(bound) \
          WHEN 'boolean' THEN CASE \(member) #>> '{}' WHEN 'true' THEN 1 ELSE 0 END \
          \(sign) \(bound) END
          """)
      case .bool(let bool):
        return Self.certain(
          """
          CASE \(type) WHEN 'boolean' THEN (\(member) #>> '{}') COLLATE "C" \
          \(sign) '\(bool)' END
          """)
      case .text(let text):
        return Self.certain(
          """
          CASE \(type) WHEN 'string' THEN (\(member) #>> '{}') COLLATE "C" \
          \(sign) \(value(text)) END
          """)
      }
    }
  }

  /// A text that another stands in, or a list that has such an element.
  private mutating func contains(_ field: FilterField, _ searched: FilterValue) -> String {
    let text = searched.spelling
    switch field {
    case .fact(let fact):
      return Self.certain("strpos(\(fact.column)::text, \(value(text))) > 0")
    case .metadata(let keys):
      let member = member(keys)
      let element =
        if case .text = searched { "to_jsonb(\(value(text)))" } else { value(text, "jsonb") }
      return Self.certain(
        """
        CASE jsonb_typeof(\(member)) WHEN 'array' THEN \(member) @> \(element) \
        WHEN 'string' THEN strpos(\(member) #>> '{}', \(value(text))) > 0 END
        """)
    }
  }
}

extension FilterNumber {
  /// Whole numbers are compared exactly, others as SQLite does.
  fileprivate var type: String { whole == nil ? "float8" : "numeric" }
}

extension FilterField.Fact {
  /// Of the table that `PostgresStore` makes.
  fileprivate var column: String {
    switch self {
    case .path: "file"
    case .line: "first_line"
    default: rawValue
    }
  }
}
