/// A strict JSON (RFC 8259) reader that walks the bytes once and builds nothing by itself.
///
/// Foundation's decoder keeps one of two equal keys, loses the order of keys, and needs seconds
/// for the 17 MB of a 250,000-piece vocabulary. Checkpoint headers and tokenizer files need all
/// three, so their readers pull values out of this one:
///
/// ```swift
/// var scores: [String: Double] = [:]
/// try JSONReader.read(bytes) { json in
///   try json.readObject { key, json in scores[key] = try json.readDouble() }
/// }
/// ```
///
/// Nesting is bounded (`maximumDepth`), so that no input can exhaust the stack.
package struct JSONReader {
  package enum Kind: Sendable { case object, array, string, number, bool, null }

  package static let maximumDepth = 128

  let bytes: UnsafeBufferPointer<UInt8>
  var position = 0
  private var depth = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Reads one value that fills `bytes`, white space apart.
  /// - Throws: `JSONError`, or what `body` throws.
  package static func read<Result>(
    _ bytes: UnsafeRawBufferPointer, _ body: (inout JSONReader) throws -> Result
  ) throws -> Result {
    try bytes.withMemoryRebound(to: UInt8.self) { bytes in
      var reader = JSONReader(bytes)
      let result = try body(&reader)
      reader.skipWhiteSpace()
      guard reader.position == bytes.count else { throw reader.error(.trailingBytes) }
      return result
    }
  }

  /// Reads one value from a text.
  package static func read<Result>(
    _ text: String, _ body: (inout JSONReader) throws -> Result
  ) throws -> Result {
    var text = text
    return try text.withUTF8 { try read(UnsafeRawBufferPointer($0), body) }
  }

  // MARK: Values

  /// The kind of the value that comes next.
  package mutating func peek() throws -> Kind {
    skipWhiteSpace()
    guard position < bytes.count else { throw error(.endOfText) }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw expected("a value")
    }
  }

  /// Reads an object; `body` must read (or skip) each value. Equal keys are handed over as often
  /// as they stand.
  package mutating func readObject(
    _ body: (_ key: String, inout JSONReader) throws -> Void
  ) throws {
    try enter(UInt8(ascii: "{"), "an object")
    if consume(UInt8(ascii: "}")) { return leave() }
    repeat {
      let key = try readString()
      skipWhiteSpace()
      guard consume(UInt8(ascii: ":")) else { throw expected("':'") }
      try body(key, &self)
    } while try goesOn(closing: UInt8(ascii: "}"), "',' or '}'")
  }

  /// Reads an array; `body` must read (or skip) each element.
  package mutating func readArray(_ body: (inout JSONReader) throws -> Void) throws {
    try enter(UInt8(ascii: "["), "an array")
    if consume(UInt8(ascii: "]")) { return leave() }
    repeat { try body(&self) } while try goesOn(closing: UInt8(ascii: "]"), "',' or ']'")
  }

  package mutating func readBool() throws -> Bool {
    skipWhiteSpace()
    if consume("true") { return true }
    if consume("false") { return false }
    throw expected("true or false")
  }

  package mutating func readNull() throws {
    skipWhiteSpace()
    guard consume("null") else { throw expected("null") }
  }

  /// Nil, consumed, where a null stands; what `body` reads otherwise.
  package mutating func readOptional<Value>(
    _ body: (inout JSONReader) throws -> Value
  ) throws -> Value? {
    guard try peek() == .null else { return try body(&self) }
    try readNull()
    return nil
  }

  /// Passes over one value of any kind, which must still be valid JSON.
  package mutating func skipValue() throws {
    switch try peek() {
    case .object: try readObject { _, json in try json.skipValue() }
    case .array: try readArray { json in try json.skipValue() }
    case .string: _ = try readString()
    case .number: _ = try scanNumber()
    case .bool: _ = try readBool()
    case .null: try readNull()
    }
  }

  /// One value of any kind as its own text, unchanged.
  package mutating func readVerbatim() throws -> String {
    skipWhiteSpace()
    let start = position
    try skipValue()
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// An error at the current position, for a value that is JSON but not what the caller needs.
  package func expected(_ what: String) -> JSONError {
    guard position < bytes.count else { return error(.endOfText) }
    let byte = bytes[position]
    let found =
      byte > 0x20 && byte < 0x7F
      ? "'\(Character(UnicodeScalar(byte)))'" : "byte 0x\(String(byte, radix: 16))"
    return error(.expected(what, found: found))
  }

  // MARK: Scanning

  func error(_ reason: JSONError.Reason) -> JSONError {
    JSONError(offset: position, reason: reason)
  }

  mutating func skipWhiteSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  mutating func consume(_ byte: UInt8) -> Bool {
    skipWhiteSpace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func consume(_ literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard bytes.count - position >= count else { return false }
    for i in 0..<count where bytes[position + i] != literal.utf8Start[i] { return false }
    position += count
    return true
  }

  private mutating func enter(_ open: UInt8, _ what: String) throws {
    guard consume(open) else { throw expected(what) }
    guard depth < Self.maximumDepth else {
      throw error(.nestedTooDeeply(limit: Self.maximumDepth))
    }
    depth += 1
  }

  private mutating func leave() { depth -= 1 }

  private mutating func goesOn(closing: UInt8, _ what: String) throws -> Bool {
    if consume(UInt8(ascii: ",")) { return true }
    guard consume(closing) else { throw expected(what) }
    leave()
    return false
  }
}
