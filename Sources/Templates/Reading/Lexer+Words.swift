/// What stands between braces.
extension Lexer {
  private static let symbols = [
    "**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ",", ";",
  ]

  /// Reads a name, a number, a string or a symbol.
  mutating func readWord() throws -> Token.Kind {
    let first = source[position]
    if first == "'" || first == "\"" { return .string(try readString(first)) }
    if Self.isDigit(first) { return try readNumber() }
    if Self.isLetter(first) {
      let start = position
      advance(
        to: source.indices[start...].first {
          !Self.isLetter(source[$0]) && !Self.isDigit(source[$0])
        } ?? source.count)
      return .name(text(start..<position))
    }
    for symbol in Self.symbols where source[position...].starts(with: symbol.unicodeScalars) {
      advance(to: position + symbol.unicodeScalars.count)
      return .symbol(symbol)
    }
    throw error(.unexpected("'\(first)'", expected: "an expression"))
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "_": true
    default: false
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  // MARK: Numbers

  private mutating func readNumber() throws -> Token.Kind {
    let start = position
    let isIndex = start > 0 && source[start - 1] == "."
    takeDigits()
    var isFloat = false
    if !isIndex {
      if scalar(at: position) == ".", scalar(at: position + 1).map(Self.isDigit) == true {
        advance(to: position + 1)
        takeDigits()
        isFloat = true
      }
      if scalar(at: position) == "e" || scalar(at: position) == "E" {
        var digits = position + 1
        if scalar(at: digits) == "+" || scalar(at: digits) == "-" { digits += 1 }
        if scalar(at: digits).map(Self.isDigit) == true {
          advance(to: digits)
          takeDigits()
          isFloat = true
        }
      }
    }
    let digits = text(start..<position).filter { $0 != "_" }
    if isFloat, let number = Double(digits) { return .float(number) }
    // 0x and its like go on with letters, and numbers of Python begin with no 0.
    let isPlain = digits.first != "0" || digits.allSatisfy { $0 == "0" }
    guard isPlain, scalar(at: position).map(Self.isLetter) != true, let number = Int(digits) else {
      throw error(.unsupported("the number \(digits)…"))
    }
    return .integer(number)
  }

  private mutating func takeDigits() {
    advance(
      to: source.indices[position...].first {
        !Self.isDigit(source[$0])
          && !(source[$0] == "_" && scalar(at: $0 + 1).map(Self.isDigit) == true)
      } ?? source.count)
  }

  // MARK: Strings

  private mutating func readString(_ quote: Unicode.Scalar) throws -> String {
    let line = line
    advance(to: position + 1)
    var scalars = String.UnicodeScalarView()
    while let next = scalar(at: position) {
      advance(to: position + 1)
      if next == quote { return String(scalars) }
      if next == "\\" { try readEscape(into: &scalars) } else { scalars.append(next) }
    }
    throw error(.unexpected("the template's end", expected: "'\(quote)'"), at: line)
  }

  /// What Python reads behind a backslash; an escape that it does not know stays as it is.
  private mutating func readEscape(into scalars: inout String.UnicodeScalarView) throws {
    guard let escaped = scalar(at: position) else { return }
    advance(to: position + 1)
    switch escaped {
    case "\n": break
    case "\\", "'", "\"": scalars.append(escaped)
    case "n": scalars.append("\n")
    case "t": scalars.append("\t")
    case "r": scalars.append("\r")
    case "a": scalars.append("\u{7}")
    case "b": scalars.append("\u{8}")
    case "f": scalars.append("\u{C}")
    case "v": scalars.append("\u{B}")
    case "x": scalars.append(try readCode(digits: 2...2, radix: 16))
    case "u": scalars.append(try readCode(digits: 4...4, radix: 16))
    case "U": scalars.append(try readCode(digits: 8...8, radix: 16))
    case "0"..."7":
      position -= 1
      scalars.append(try readCode(digits: 1...3, radix: 8))
    case "N": throw error(.unsupported("the escape \\N"))
    default:
      // Beyond ASCII Jinja doubles it, in the end with the same result.
      scalars.append("\\")
      scalars.append(escaped)
    }
  }

  private mutating func readCode(digits: ClosedRange<Int>, radix: Int) throws -> Unicode.Scalar {
    let start = position
    while position - start < digits.upperBound, let next = scalar(at: position),
      Int(String(next), radix: radix) != nil
    { advance(to: position + 1) }
    let code = text(start..<position)
    guard digits.contains(code.count), let value = UInt32(code, radix: radix),
      let scalar = Unicode.Scalar(value)
    else { throw error(.unsupported("the escape with the digits '\(code)'")) }
    return scalar
  }
}
