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
/// with numbers and texts with texts; a date is a text, 2024-05-31 or a part of one, and so is a number
/// that a fact is compared with which is a text: `id = 7`.
public struct Filter: Sendable, Equatable {
  package let condition: Condition

  /// - Throws: `FilterError`.
  public init(_ text: String) throws {
    var parser = try FilterParser(text)
    condition = try parser.parse()
  }

  package init(condition: Condition) { self.condition = condition }

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

/// What a field is compared with.
package enum FilterValue: Sendable, Equatable {
  case text(String)
  case number(FilterNumber)
  case bool(Bool)

  /// As it is looked for in a text.
  package var spelling: String {
    switch self {
    case .text(let text): text
    case .number(let number): number.text
    case .bool(let bool): "\(bool)"
    }
  }
}

/// A number of a condition.
package struct FilterNumber: Sendable, Equatable {
  package let value: Double
  /// Where it is written as a whole one: doubles do not hold all of those.
  package let whole: Int64?
  /// As it was written.
  let spelled: String

  /// Nil for what is no number, or none that is finite.
  init?(_ word: String) {
    guard let value = Double(word), value.isFinite else { return nil }
    self.value = value
    whole = Int64(word)
    spelled = word
  }

  /// As SQLite spells it.
  package var text: String { whole.map { "\($0)" } ?? FilterValue.spelled(value) }

  /// Whether a double may stand for another whole number too.
  package var isRounded: Bool { value.magnitude >= Self.exactLimit }

  /// From here on, doubles pass over whole numbers.
  static let exactLimit = 9_007_199_254_740_992.0
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
