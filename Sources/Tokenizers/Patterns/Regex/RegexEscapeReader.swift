/// Reads what a backslash makes of the characters behind it: one scalar, or a set of them.
struct RegexEscapeReader {
  private(set) var rest: Substring.UnicodeScalarView
  private let ignoresCase: Bool

  init(rest: Substring.UnicodeScalarView, ignoresCase: Bool) {
    self.rest = rest
    self.ignoresCase = ignoresCase
  }

  mutating func read() throws(RegexError) -> ScalarSetExpression {
    rest.removeFirst()
    guard let letter = rest.popFirst() else { throw .malformed("a backslash at the end") }
    let classes = CharacterClasses.shared
    switch letter {
    case "s": return .classes(classes.whiteSpace)
    case "S": return .classes(classes.all & ~classes.whiteSpace)
    case "w": return .classes(classes.word)
    case "W": return .classes(classes.all & ~classes.word)
    case "d": return .classes(classes.category("Nd") ?? 0)
    case "D": return .classes(classes.all & ~(classes.category("Nd") ?? 0))
    case "p", "P": return try property(isNegated: letter == "P")
    case "t": return one(0x09)
    case "n": return one(0x0A)
    case "v": return one(0x0B)
    case "f": return one(0x0C)
    case "r": return one(0x0D)
    case "a": return one(0x07)
    case "e": return one(0x1B)
    case "x": return one(try hexadecimal(digits: 2))
    case "u": return one(try hexadecimal(digits: 4))
    case "0"..."9", "a"..."z", "A"..."Z":
      throw .unsupported("the escape \"\\\(letter)\"")
    default:
      return one(letter.value)
    }
  }

  private func one(_ scalar: ScalarValue) -> ScalarSetExpression { .range(scalar...scalar) }

  /// `{Lu}`, `{^L}`, or one of the long names that files use.
  private mutating func property(isNegated: Bool) throws(RegexError) -> ScalarSetExpression {
    guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}") else {
      throw .malformed("a \"\\p\" without a name in braces")
    }
    var name = String(rest[..<end])
    rest = rest[rest.index(after: end)...]
    let isNegated = name.hasPrefix("^") != isNegated
    if name.hasPrefix("^") { name.removeFirst() }
    let classes = CharacterClasses.shared
    let long = [
      "Letter": "L", "Mark": "M", "Number": "N", "Punctuation": "P", "Symbol": "S",
      "Separator": "Z", "Other": "C",
    ]
    guard let mask = name == "Han" ? classes.han : classes.category(long[name] ?? name) else {
      throw .unsupported("the property \"\\p{\(name)}\"")
    }
    if ignoresCase, name.utf8.count == 2, name.hasPrefix("L") {
      throw .unsupported("the property \"\\p{\(name)}\" without regard to case")
    }
    return .classes(isNegated ? classes.all & ~mask : mask)
  }

  private mutating func hexadecimal(digits: Int) throws(RegexError) -> ScalarValue {
    var spelling: Substring.UnicodeScalarView
    if digits == 2, rest.first == "{", let end = rest.firstIndex(of: "}") {
      spelling = rest.dropFirst()[..<end]
      rest = rest[rest.index(after: end)...]
    } else {
      spelling = rest.prefix(digits)
      guard spelling.count == digits else { throw .malformed("a number too short") }
      rest.removeFirst(digits)
      // Two digits are a byte of UTF-8 there, and a scalar only in ASCII.
      if digits == 2, let value = ScalarValue(String(spelling), radix: 16), value >= 0x80 {
        throw .unsupported("the escape \"\\x\(String(spelling))\"")
      }
    }
    guard let value = ScalarValue(String(spelling), radix: 16), Unicode.Scalar(value) != nil else {
      throw .malformed("\"\(String(spelling))\" is not the number of a character")
    }
    return value
  }
}

/// Letters without regard to case, as far as files use it: those of ASCII.
///
/// Two others fold to them: ſ to s, and the Kelvin sign to k.
enum FoldedLetter {
  static func folded(_ range: ClosedRange<ScalarValue>) throws(RegexError) -> ScalarSetExpression {
    guard range.upperBound < 0x80 else {
      throw .unsupported("letters beyond ASCII without regard to case")
    }
    var members = [ScalarSetExpression.range(range)]
    for letter in range where (0x41...0x5A).contains(letter & 0xDF) && letter >= 0x41 {
      members.append(.range(letter ^ 0x20...letter ^ 0x20))
      if letter | 0x20 == 0x73 { members.append(.range(0x17F...0x17F)) }
      if letter | 0x20 == 0x6B { members.append(.range(0x212A...0x212A)) }
    }
    return .union(members)
  }

  /// Refuses letters that a single ligature folds to, such as "ss", to which ß does.
  static func requirePlain(_ literal: String) throws(RegexError) {
    for joined in ["ff", "fi", "fl", "ss", "st"] where literal.lowercased().hasSuffix(joined) {
      throw .unsupported("\"\(joined)\" without regard to case")
    }
  }
}
