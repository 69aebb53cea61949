import Foundation
import TesseraJSON

extension Filter {
  /// Whether the condition is true of an item, as SQLite would find.
  ///
  /// - Parameter source: the file that it was read from, as far as one knows it.
  package func matches(_ item: StoredItem, source: SourceRecord? = nil) -> Bool {
    condition.matches(Facts(item: item, source: source))
  }

  struct Facts {
    let item: StoredItem
    let source: SourceRecord?
    private let metadata: JSONValue?

    init(item: StoredItem, source: SourceRecord?) {
      self.item = item
      self.source = source
      metadata = item.metadata.flatMap { text in try? JSONReader.read(text) { try $0.readValue() } }
    }

    /// Nil where the item has no such field, or a null.
    func value(of field: FilterField) -> JSONValue? {
      switch field {
      case .fact(let fact): value(of: fact)
      case .metadata(let keys):
        keys.reduce(metadata) { $0?[$1] }.flatMap { $0.isNull ? nil : $0 }
      }
    }

    /// A whole number of the item's own, as it is written; nil for what is none.
    func whole(of field: FilterField) -> Int64? {
      guard case .metadata(let keys) = field, let text = item.metadata else { return nil }
      return try? JSONReader.read(text) { try Self.whole(at: keys[...], &$0) }
    }

    private static func whole(
      at keys: ArraySlice<String>, _ json: inout JSONReader
    ) throws -> Int64? {
      guard let first = keys.first else { return Int64(try json.readInt()) }
      var found: Int64?
      try json.readObject { key, json in
        if key == first, found == nil {
          found = try whole(at: keys.dropFirst(), &json)
        } else {
          try json.skipValue()
        }
      }
      return found
    }

    private func value(of fact: FilterField.Fact) -> JSONValue? {
      func text(_ text: String?) -> JSONValue? { text.map { .string($0) } }
      func number(_ number: Int?) -> JSONValue? { number.map { .number(Double($0)) } }
      return switch fact {
      case .id: text(item.id)
      case .text: text(item.text)
      case .image: text(item.image)
      case .path: text(item.file)
      case .folder: text(item.file.map { String($0.dropLast(Self.name(of: $0).count + 1)) })
      case .name: text(item.file.map(Self.name))
      case .kind: text(item.kind.rawValue)
      case .line: number(item.lines?.lowerBound)
      case .width: number(item.width)
      case .height: number(item.height)
      case .bytes: number(source?.byteCount)
      case .modified: text(source?.modifiedText)
      case .taken: text(item.taken)
      }
    }

    private static func name(of path: String) -> String {
      path.split(separator: "/").last.map(String.init) ?? path
    }
  }
}

extension SourceRecord {
  /// When the file was changed last: `2024-05-31T18:20:00Z`.
  package var modifiedText: String {
    Date(timeIntervalSince1970: Double(modified / 1_000_000_000)).formatted(.iso8601)
  }
}

extension Filter.Condition {
  fileprivate func matches(_ facts: Filter.Facts) -> Bool {
    switch self {
    case .or(let parts): parts.contains { $0.matches(facts) }
    case .and(let parts): parts.allSatisfy { $0.matches(facts) }
    case .not(let part): !part.matches(facts)
    case .exists(let field): facts.value(of: field) != nil
    case .compare(let field, let comparison, let value):
      field.test(facts.value(of: field), comparison, value, whole: facts.whole(of: field))
    case .isIn(let field, let values):
      values.contains {
        field.test(facts.value(of: field), .equal, $0, whole: facts.whole(of: field))
      }
    case .like(let field, let pattern):
      facts.value(of: field)?.spelled.map { Self.like($0, pattern) } ?? false
    case .contains(let field, let value):
      facts.value(of: field).map { field.contains($0, value) } ?? false
    }
  }

  /// `%` stands for anything, `_` for one character; ASCII letters are equal in both cases.
  private static func like(_ text: String, _ pattern: String) -> Bool {
    let text = text.unicodeScalars.map(folded)
    let pattern = pattern.unicodeScalars.map(folded)
    var (t, p, star, mark) = (0, 0, -1, 0)
    while t < text.count {
      if p < pattern.count, pattern[p] == "%" {
        (star, mark) = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == "_" || pattern[p] == text[t] {
        (t, p) = (t + 1, p + 1)
      } else if star >= 0 {
        mark += 1
        (t, p) = (mark, star + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "%" }
  }

  private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value + 32)) : scalar
  }
}

extension FilterField {
  /// - Parameter whole: what was found, where doubles do not hold every whole number.
  fileprivate func test(
    _ found: JSONValue?, _ comparison: Filter.Comparison, _ value: FilterValue,
    whole: @autoclosure () -> Int64? = nil
  ) -> Bool {
    switch (value, found) {
    case (.number(let number), .number(let found)):
      if found.magnitude >= FilterNumber.exactLimit, let other = number.whole, let whole = whole() {
        comparison.holds(whole, other)
      } else {
        comparison.holds(found, number.value)
      }
    // SQLite reads a truth value as 1 or 0.
    case (.number(let number), .bool(let found)): comparison.holds(found ? 1 : 0, number.value)
    case (.bool(let bool), .bool(let found)):
      comparison.holds(Array("\(found)".utf8), Array("\(bool)".utf8))
    case (.bool(let bool), _):
      if case .fact = self { test(found, comparison, .text("\(bool)")) } else { false }
    case (.text(let text), .string(let found)):
      // A day is as long as its hours, a year as its days.
      if case .fact(let fact) = self, fact.isDate {
        comparison.holds(
          Array(String(found.unicodeScalars.prefix(text.unicodeScalars.count)).utf8),
          Array(text.utf8))
      } else {
        comparison.holds(Array(found.utf8), Array(text.utf8))
      }
    default: false
    }
  }

  /// Whether a text stands in another, or a list has an element.
  fileprivate func contains(_ found: JSONValue, _ value: FilterValue) -> Bool {
    if case .metadata = self, case .array(let elements) = found {
      return elements.contains { test($0, .equal, value) }
    }
    if case .metadata = self, found.string == nil { return false }
    return found.spelled?.contains(value.spelling) ?? false
  }
}

extension Filter.Comparison {
  package func holds<Number: Comparable>(_ x: Number, _ y: Number) -> Bool {
    switch self {
    case .equal: x == y
    case .notEqual: x != y
    case .less: x < y
    case .lessOrEqual: x <= y
    case .greater: x > y
    case .greaterOrEqual: x >= y
    }
  }

  /// Texts are compared by their bytes.
  fileprivate func holds(_ x: [UInt8], _ y: [UInt8]) -> Bool {
    switch self {
    case .equal: x == y
    case .notEqual: x != y
    case .less: x.lexicographicallyPrecedes(y)
    case .lessOrEqual: !y.lexicographicallyPrecedes(x)
    case .greater: y.lexicographicallyPrecedes(x)
    case .greaterOrEqual: !x.lexicographicallyPrecedes(y)
    }
  }
}

extension JSONValue {
  /// As SQLite makes a text of it; nil for what has members.
  fileprivate var spelled: String? {
    switch self {
    case .string(let text): text
    case .number(let number): FilterValue.spelled(number)
    case .bool(let bool): bool ? "1" : "0"
    case .null, .array, .object: nil
    }
  }
}
