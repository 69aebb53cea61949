/// A JSON value in memory, for the small parts of a file whose shape decides what is built.
package enum JSONValue: Equatable, Sendable {
  case object([Member])
  case array([JSONValue])
  case string(String)
  case number(Double)
  case bool(Bool)
  case null

  /// One key with its value; order and repetitions are those of the text.
  package struct Member: Equatable, Sendable {
    package let key: String
    package let value: JSONValue

    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The first member of an object under `key`; nil for other kinds too.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var number: Double? { if case .number(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  package var isNull: Bool { self == .null }
}

extension JSONReader {
  package mutating func readValue() throws -> JSONValue {
    switch try peek() {
    case .object:
      var members: [JSONValue.Member] = []
      try readObject { key, json in
        members.append(.init(key: key, value: try json.readValue()))
      }
      return .object(members)
    case .array:
      var elements: [JSONValue] = []
      try readArray { json in elements.append(try json.readValue()) }
      return .array(elements)
    case .string: return .string(try readString())
    case .number: return .number(try readDouble())
    case .bool: return .bool(try readBool())
    case .null:
      try readNull()
      return .null
    }
  }
}
