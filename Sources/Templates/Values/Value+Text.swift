import TesseraJSON

extension Value {
  /// Python's `str`.
  var text: String {
    switch self {
    case .undefined: ""
    case .string(let text): text
    default: representation
    }
  }

  /// Python's `repr`, as texts stand within lists.
  var representation: String {
    switch self {
    case .undefined: "Undefined"
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let number): "\(number)"
    case .float(let number): Self.text(of: number)
    case .string(let text): Self.quoted(text)
    case .list(let elements): "[\(Self.joined(elements))]"
    case .tuple(let elements):
      elements.count == 1 ? "(\(Self.joined(elements)),)" : "(\(Self.joined(elements)))"
    case .mapping(let entries):
      "{"
        + entries.map { "\($0.key.representation): \($0.value.representation)" }
        .joined(separator: ", ") + "}"
    case .iterator: "<iterator>"
    case .namespace: "<Namespace>"
    case .loop: "<LoopContext>"
    case .function: "<function>"
    }
  }

  private static func joined(_ elements: [Value]) -> String {
    elements.map(\.representation).joined(separator: ", ")
  }

  /// The shortest digits that read back equal, as Swift has them, with Python's exponent.
  private static func text(of number: Double) -> String {
    if number.isNaN { return "nan" }
    if number.isInfinite { return number < 0 ? "-inf" : "inf" }
    let parts = number.description.split(separator: "e", maxSplits: 1)
    guard parts.count == 2, let exponent = Int(parts[1]) else { return number.description }
    var digits = parts[0]
    if digits.hasSuffix(".0") { digits.removeLast(2) }
    let size = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
    return "\(digits)e\(exponent < 0 ? "-" : "+")\(size)"
  }

  /// Single quotes, unless there are such in the text and no double ones.
  private static func quoted(_ text: String) -> String {
    let hasSingle = text.unicodeScalars.contains("'")
    let quote: Unicode.Scalar = hasSingle && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var result = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote, "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if PythonText.isPrintable(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          result += escape(scalar)
        }
      }
    }
    return result + String(quote)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let hex = String(scalar.value, radix: 16)
    let (mark, digits) =
      scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\\(mark)" + String(repeating: "0", count: digits - hex.count) + hex
  }

  // MARK: JSON

  /// How Python's `json.dumps` is asked to write.
  struct JSONStyle {
    var isASCII = false
    /// What a level is moved in by; nil for one line.
    var indent: String?
    var itemSeparator = ", "
    var keySeparator = ": "
    var sortsKeys = false
  }

  /// - Throws: `TemplateError.Fault` for what is not JSON's.
  func json(_ style: JSONStyle, level: Int = 0) throws -> String {
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let number): return "\(number)"
    case .float(let number):
      if number.isNaN { return "NaN" }
      return number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : representation
    case .string(let text): return Self.jsonString(text, isASCII: style.isASCII)
    case .list(let elements), .tuple(let elements):
      let parts = try elements.map { try $0.json(style, level: level + 1) }
      return Self.enclosed("[", parts, "]", style, level)
    case .mapping(var entries):
      if style.sortsKeys {
        entries = try entries.sorted { try $0.key.isLess(than: $1.key) }
      }
      let parts = try entries.map { entry in
        let value = try entry.value.json(style, level: level + 1)
        return try entry.key.jsonKey(style) + style.keySeparator + value
      }
      return Self.enclosed("{", parts, "}", style, level)
    case .undefined(let name): throw TemplateError.Fault.undefined(name)
    default: throw TemplateError.Fault.value("\(kind) cannot be written as JSON")
    }
  }

  private func jsonKey(_ style: JSONStyle) throws -> String {
    switch self {
    case .string: try json(style)
    case .null, .bool, .integer, .float: "\"\(try json(style))\""
    default: throw TemplateError.Fault.value("\(kind) cannot be a key of JSON")
    }
  }

  private static func enclosed(
    _ open: String, _ parts: [String], _ close: String, _ style: JSONStyle, _ level: Int
  ) -> String {
    guard let indent = style.indent, !parts.isEmpty else {
      return open + parts.joined(separator: style.itemSeparator) + close
    }
    let inner = "\n" + String(repeating: indent, count: level + 1)
    let outer = "\n" + String(repeating: indent, count: level)
    return open + inner + parts.joined(separator: style.itemSeparator + inner) + outer + close
  }

  private static func jsonString(_ text: String, isASCII: Bool) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case "\u{0}"..<"\u{20}": result += unit(UInt16(scalar.value))
      default:
        if isASCII, scalar.value > 0x7E {
          result += String(scalar).utf16.map(unit).joined()
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  private static func unit(_ value: UInt16) -> String {
    let hex = String(value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
  }
}
