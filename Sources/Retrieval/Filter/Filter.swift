/// A condition on what is known of rows: `kind = picture and width >= 1000 and not tags contains old`.
///
/// ```
/// condition = term { "or" term }            term = factor { "and" factor }
/// factor    = "not" factor | "(" condition ")" | test
/// test      = field operator value
///           | field [ "not" ] "in" "(" value { "," value } ")"
///           | field [ "not" ] ( "like" | "contains" ) value
///           | field ( "exists" | "missing" )
/// operator  = "=" | "!=" | "<" | "<=" | ">" | ">="
/// field     = name { "." name }             value = number | word | 'text' | "text" | true | false
/// ```
///
/// A test of a field that a row does not have is false, so `not` of it is true. Numbers are compared
/// with numbers and texts with texts; a date is a text, 2024-05-31 or a part of one.
public struct Filter: Sendable, Equatable {
  package let condition: Condition

  /// - Throws: `FilterError`.
  public init(_ text: String) throws {
    var parser = try FilterParser(text)
    condition = try parser.parse()
  }

  package indirect enum Condition: Sendable, Equatable {
    case or([Condition])
    case and([Condition])
    case not(Condition)
    case compare(FilterField, Comparison, FilterValue)
    case isIn(FilterField, [FilterValue])
    case like(FilterField, String)
    case contains(FilterField, FilterValue)
    case exists(FilterField)
  }

  package enum Comparison: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }
}

/// What a test looks at.
package enum FilterField: Sendable, Equatable {
  /// A fact that every row has, or may have.
  case fact(Fact)
  /// Keys of the row's own fields, from the top.
  case metadata([String])

  package enum Fact: String, Sendable, CaseIterable {
    case id, text, image, path, folder, name, kind, line, width, height, bytes, modified, taken

    package var isDate: Bool { self == .modified || self == .taken }
  }
}

/// What a field is compared with.
package enum FilterValue: Sendable, Equatable {
  case text(String)
  case number(Double)
  case bool(Bool)
}

/// Why a condition cannot be read.
public enum FilterError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Something else stands where something is needed.
  case expected(String, found: String, place: Int)
  /// A text whose end is missing.
  case unterminated(place: Int)
  /// Deeper or longer than anybody means.
  case tooLong(limit: Int)

  /// One line; places are counted from 1.
  public var description: String {
    switch self {
    case .expected(let what, let found, let place):
      "the condition: expected \(what) at character \(place); found \(found)"
    case .unterminated(let place):
      "the condition: the text that begins at character \(place) has no end"
    case .tooLong(let limit): "the condition: more than \(limit) tests, or parentheses as deep"
    }
  }
}
