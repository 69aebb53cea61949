/// The keys of a model's `config.json`, each read by its name, as `Weights` reads tensors.
///
/// No key has a default unless its reader gives one, which is that of the reference's own class: any
/// other would change every vector silently.
package struct Config: Sendable {
  package let field: Field

  /// - Throws: `FieldError` unless the value is an object.
  package init(_ field: Field) throws {
    _ = try field.members()
    self.field = field
  }

  /// Reads a whole file.
  ///
  /// - Parameter file: its name, for messages.
  /// - Throws: `FieldError`.
  package init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    let value: JSONValue
    do {
      value = try JSONReader.read(bytes) { try $0.readValue() }
    } catch let error as JSONError {
      throw FieldError.invalidJSON(file: file, error)
    }
    try self.init(Field(value: value, place: FilePlace(file: file)))
  }

  // MARK: Values

  /// The value under a key; nil where it is absent or null.
  package func optional(_ key: String) throws -> Field? { try field.optional(key) }

  package func required(_ key: String) throws -> Field { try field.required(key) }

  /// The value under a key that has a default; nil where it is absent, and null is refused.
  package func defaulted(_ key: String) throws -> Field? { try field.defaulted(key) }

  /// Whether a key stands there and has no value, where that means something else than no key.
  package func isNull(_ key: String) throws -> Bool {
    try optional(key) == nil && field.members().contains { $0.key == key }
  }

  /// An object within this one.
  package func object(_ key: String) throws -> Config {
    try Config(required(key))
  }

  package func optionalObject(_ key: String) throws -> Config? {
    try optional(key).map { try Config($0) }
  }

  package func string(_ key: String) throws -> String { try required(key).string() }

  package func int(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    try required(key).int(in: range)
  }

  package func int(_ key: String, in range: ClosedRange<Int>, default value: Int) throws -> Int {
    try defaulted(key)?.int(in: range) ?? value
  }

  package func bool(_ key: String, default value: Bool) throws -> Bool {
    try defaulted(key)?.bool() ?? value
  }

  /// A value by one of the names that it may have.
  package func choice<Value: RawRepresentable & CaseIterable>(
    _ key: String, default value: Value? = nil
  ) throws -> Value where Value.RawValue == String {
    guard let found = try value == nil ? required(key) : optional(key) else {
      guard let value else { throw field.place.key(key).missing }
      return value
    }
    return try found.choice()
  }

  /// Refuses a key whose value would change what is computed, unless it is absent or this one.
  package func requireIfPresent(_ key: String, is expected: String) throws {
    guard let found = try optional(key) else { return }
    guard found.value.string == expected else { throw found.wrongType("\"\(expected)\"") }
  }
}

extension Field {
  package func int(in range: ClosedRange<Int>) throws -> Int {
    guard let number = value.number, number == number.rounded() else {
      throw wrongType("a whole number")
    }
    guard let int = Int(exactly: number), range.contains(int) else {
      throw wrongType("\(range.lowerBound) to \(range.upperBound)")
    }
    return int
  }

  /// A value by one of the names that it may have.
  package func choice<Value: RawRepresentable & CaseIterable>() throws -> Value
  where Value.RawValue == String {
    guard let choice = Value(rawValue: try string()) else {
      throw wrongType(Value.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  package func number() throws -> Double {
    guard let number = value.number else { throw wrongType("a number") }
    return number
  }
}
