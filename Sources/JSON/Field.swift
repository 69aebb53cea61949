/// A JSON value that knows its place, so that every complaint about it can name the place.
package struct Field: Sendable {
  package let value: JSONValue
  package let place: FilePlace
  /// Nil where nobody wants to know what is read.
  let log: KeyLog?

  package init(value: JSONValue, place: FilePlace, log: KeyLog? = nil) {
    self.value = value
    self.place = place
    self.log = log
  }

  // MARK: Members

  /// The member under `key`; nil where it is absent or null.
  package func optional(_ key: String) throws -> Field? {
    let found = try members().filter { $0.key == key }
    guard found.count <= 1 else { throw place.key(key).inconsistent("stands twice") }
    log?.note(place.key(key).path)
    guard let member = found.first, !member.value.isNull else { return nil }
    return Field(value: member.value, place: place.key(key), log: log)
  }

  /// The member under `key`, which must not be null.
  package func required(_ key: String) throws -> Field {
    guard let field = try optional(key) else { throw place.key(key).missing }
    return field
  }

  /// The member under `key`; nil where it is absent, so that the format's default stands for it.
  ///
  /// - Throws: `FieldError` for null, which stands for nothing.
  package func defaulted(_ key: String) throws -> Field? {
    let field = try optional(key)
    guard try field != nil || !members().contains(where: { $0.key == key }) else {
      throw place.key(key).missing
    }
    return field
  }

  package func members() throws -> [JSONValue.Member] {
    guard case .object(let members) = value else { throw wrongType("an object") }
    return members
  }

  /// Refuses members that are not in `known`: they may change what the component does.
  package func allowOnly(_ known: String...) throws {
    for member in try members() where !known.contains(member.key) {
      throw place.key(member.key).unsupported("this field")
    }
  }

  // MARK: Values

  package func string() throws -> String {
    guard let string = value.string else { throw wrongType("a string") }
    return string
  }

  package func bool() throws -> Bool {
    guard let bool = value.bool else { throw wrongType("true or false") }
    return bool
  }

  package func elements() throws -> [Field] {
    guard let array = value.array else { throw wrongType("an array") }
    return array.enumerated().map { Field(value: $1, place: place.index($0), log: log) }
  }

  /// A whole number from 0 to 2³¹−1, as token ids and lengths are.
  package func count() throws -> Int {
    guard let number = value.number, let count = Int32(exactly: number), count >= 0 else {
      throw wrongType("a whole number from 0 to 2147483647")
    }
    return Int(count)
  }

  package func wrongType(_ expected: String) -> FieldError {
    let found =
      switch value {
      case .object: "an object"
      case .array: "an array"
      case .string(let string): "\"\(string.prefix(40))\""
      case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
      case .bool(let bool): "\(bool)"
      case .null: "null"
      }
    return place.wrongType(expected: expected, found: found)
  }
}
