import TesseraFiles

/// What stands behind an opcode, and texts.
extension PickleReader {
  mutating func readNumber<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
    guard let number = bytes.littleEndian(at: position, as: Number.self) else {
      throw Reason.runsPastEnd("a number")
    }
    position += MemoryLayout<Number>.size
    return number
  }

  mutating func readText(count: UInt32) throws -> PickleText {
    guard Int(count) <= bytes.count - position else { throw Reason.runsPastEnd("a text") }
    defer { position += Int(count) }
    return PickleText(start: position, count: count)
  }

  /// Of a text, in eight bytes.
  mutating func readLongCount() throws -> UInt32 {
    guard let count = UInt32(exactly: try readNumber(UInt64.self)) else {
      throw Reason.runsPastEnd("a text")
    }
    return count
  }

  /// A two's complement integer of up to 255 bytes.
  mutating func readLong() throws -> PickleValue {
    let text = try readText(count: UInt32(readNumber(UInt8.self)))
    guard text.count <= 8 else { return .bigInt(text) }
    var value = 0
    for byte in bytes[text.range].reversed() { value = (value << 8) | Int(byte) }
    let unused = 64 - 8 * Int(text.count)
    return .int(unused == 64 ? 0 : (value << unused) >> unused)
  }

  mutating func readLine() throws -> String {
    let longest = 1024
    let window = bytes[position..<min(bytes.count, position + longest)]
    guard let end = window.firstIndex(of: UInt8(ascii: "\n")) else {
      throw Reason.runsPastEnd("a global's name")
    }
    guard let line = bytes.text(position..<end) else { throw Reason.notUTF8 }
    position = end + 1
    return line
  }

  func text(_ value: PickleValue) throws -> String {
    guard case .text(let text) = value else {
      throw Reason.expected("a text", found: value.kind)
    }
    guard text.count <= Self.maximumTextLength else {
      throw Reason.expected(
        "a text of at most \(Self.maximumTextLength) bytes", found: "\(text.count)")
    }
    guard let string = bytes.text(text.range) else { throw Reason.notUTF8 }
    return string
  }
}
