extension JSONReader {
  /// Reads a string. Invalid UTF-8, lone surrogates and bare control characters are errors.
  package mutating func readString() throws -> String {
    skipWhiteSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw expected("a string")
    }
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let text = try validated(bytes[start..<position], at: start)
        position += 1
        return text
      case UInt8(ascii: "\\"):
        return try readEscapedString(from: start)
      case 0..<0x20:
        throw error(.controlCharacterInString)
      default:
        position += 1
      }
    }
    throw error(.endOfText)
  }

  /// The slow path: a string with at least one backslash, at `position`.
  private mutating func readEscapedString(from start: Int) throws -> String {
    var unescaped = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        let text = try unescaped.withUnsafeBufferPointer {
          try validated(Slice(base: $0, bounds: 0..<$0.count), at: start)
        }
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        unescaped.append(contentsOf: String(try readEscape()).utf8)
      case 0..<0x20:
        throw error(.controlCharacterInString)
      default:
        unescaped.append(byte)
        position += 1
      }
    }
    throw error(.endOfText)
  }

  /// The scalar that an escape stands for; `position` is behind the backslash.
  private mutating func readEscape() throws -> Unicode.Scalar {
    guard position < bytes.count else { throw error(.endOfText) }
    let letter = bytes[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try readUnicodeEscape()
    default:
      position -= 1
      throw error(.invalidEscape)
    }
  }

  private mutating func readUnicodeEscape() throws -> Unicode.Scalar {
    let unit = try readFourHexDigits()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    // A high surrogate counts only with the low one behind it.
    guard (0xD800..<0xDC00).contains(unit),
      bytes.count - position >= 6,
      bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
    else { throw error(.invalidEscape) }
    position += 2
    let low = try readFourHexDigits()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    else { throw error(.invalidEscape) }
    return scalar
  }

  private mutating func readFourHexDigits() throws -> UInt32 {
    guard bytes.count - position >= 4 else { throw error(.endOfText) }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue,
        bytes[position] < 0x80
      else { throw error(.invalidEscape) }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func validated(_ utf8: Slice<UnsafeBufferPointer<UInt8>>, at offset: Int) throws
    -> String
  {
    guard let text = String(validating: utf8, as: UTF8.self) else {
      throw JSONError(offset: offset, reason: .invalidUTF8)
    }
    return text
  }
}
