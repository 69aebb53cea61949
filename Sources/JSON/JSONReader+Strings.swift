extension JSONReader {
  /// Reads a string. Invalid UTF-8, lone surrogates and bare control characters are errors.
  package mutating func readString() throws -> String {
    try readUTF8 { String(decoding: $0, as: UTF8.self) }
  }

  /// Reads a string as `readString` does, and appends its UTF-8.
  package mutating func readString(appendingTo utf8: inout [UInt8]) throws {
    try readUTF8 { utf8.append(contentsOf: $0) }
  }

  /// Lends the UTF-8 of a string: mostly the text's own bytes, without a copy.
  private mutating func readUTF8<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) throws -> Result {
    skipWhiteSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw expected("a string")
    }
    position += 1
    let start = position
    try skipPlainText()
    guard bytes[position] == UInt8(ascii: "\"") else { return try readEscaped(from: start, body) }
    let utf8 = UnsafeBufferPointer(rebasing: bytes[start..<position])
    position += 1
    return try body(validated(utf8, at: start))
  }

  /// Moves to the next quotation mark or backslash.
  private mutating func skipPlainText() throws {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): return
      case 0..<0x20: throw error(.controlCharacterInString)
      default: position += 1
      }
    }
    throw error(.endOfText)
  }

  /// The slow path: a string with at least one backslash, at `position`.
  private mutating func readEscaped<Result>(
    from start: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) throws -> Result {
    var unescaped = Array(bytes[start..<position])
    while bytes[position] == UInt8(ascii: "\\") {
      position += 1
      unescaped.append(contentsOf: String(try readEscape()).utf8)
      let plain = position
      try skipPlainText()
      unescaped.append(contentsOf: bytes[plain..<position])
    }
    position += 1
    return try unescaped.withUnsafeBufferPointer { try body(validated($0, at: start)) }
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

  private func validated(
    _ utf8: UnsafeBufferPointer<UInt8>, at offset: Int
  ) throws -> UnsafeBufferPointer<UInt8> {
    guard utf8.isValidUTF8 else { throw JSONError(offset: offset, reason: .invalidUTF8) }
    return utf8
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether these are the well-formed byte sequences of The Unicode Standard's table 3-7.
  fileprivate var isValidUTF8: Bool {
    var i = 0
    while i < count {
      let first = self[i]
      i += 1
      if first < 0x80 { continue }
      // How many bytes follow, and what the next one may be.
      let (length, next): (Int, ClosedRange<UInt8>)
      switch first {
      case 0xC2...0xDF: (length, next) = (1, 0x80...0xBF)
      case 0xE0: (length, next) = (2, 0xA0...0xBF)
      case 0xED: (length, next) = (2, 0x80...0x9F)
      case 0xE1...0xEF: (length, next) = (2, 0x80...0xBF)
      case 0xF0: (length, next) = (3, 0x90...0xBF)
      case 0xF1...0xF3: (length, next) = (3, 0x80...0xBF)
      case 0xF4: (length, next) = (3, 0x80...0x8F)
      default: return false
      }
      guard count - i >= length, next.contains(self[i]) else { return false }
      for k in 1..<length where self[i + k] & 0xC0 != 0x80 { return false }
      i += length
    }
    return true
  }
}
