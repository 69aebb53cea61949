/// Reads the regular expressions of Oniguruma, as far as files of tokenizers use them.
///
/// Everything else is refused by name: a construct that is understood a little differently would
/// change ids without a word.
struct RegexParser {
  private var rest: Substring.UnicodeScalarView
  private var ignoresCase = false

  static func parse(_ pattern: String) throws(RegexError) -> RegexNode {
    var parser = RegexParser(rest: pattern.unicodeScalars[...])
    // Further inside, it would also move the alternatives behind it into a group.
    parser.ignoresCase = parser.take("(?i)")
    let node = try parser.alternatives()
    if !parser.rest.isEmpty { throw .malformed("\")\" without \"(\"") }
    return node
  }

  private init(rest: Substring.UnicodeScalarView) { self.rest = rest }

  // MARK: Structure

  private mutating func alternatives() throws(RegexError) -> RegexNode {
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(RegexError) -> RegexNode {
    var parts: [RegexNode] = []
    var literal = ""
    while let next = rest.first, next != "|", next != ")" {
      if ignoresCase, next.properties.isAlphabetic {
        literal.unicodeScalars.append(next)
        try FoldedLetter.requirePlain(literal)
      } else {
        literal = ""
      }
      parts.append(try quantified(try atom()))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func atom() throws(RegexError) -> RegexNode {
    if take("(?#") { throw .unsupported("a comment") }
    if take("(") { return try group() }
    if take("[") { return .scalar(try scalarClass()) }
    if take(".") { return .scalar(.complement(.range(0x0A...0x0A))) }
    if take("^") { return .anchor(.lineStart) }
    if take("$") { return .anchor(.lineEnd) }
    if rest.first == "\\" { return try escape() }
    guard let scalar = rest.popFirst() else { throw .malformed("an end too early") }
    if "*+?".unicodeScalars.contains(scalar) { throw .malformed("\"\(scalar)\" behind nothing") }
    if scalar == "{" { throw .unsupported("an unescaped \"{\"") }
    return .scalar(try literal(scalar))
  }

  /// What follows "(".
  private mutating func group() throws(RegexError) -> RegexNode {
    let outerCase = ignoresCase
    defer { ignoresCase = outerCase }
    if take("?:") { return try inner() }
    if take("?i:") {
      ignoresCase = true
      return try inner()
    }
    if take("?=") { return .ahead(try inner(), isNegated: false) }
    if take("?!") { return .ahead(try inner(), isNegated: true) }
    if take("?>") { return .atomic(try inner()) }
    if take("?<=") { return .behind(try singleScalar(), isNegated: false) }
    if take("?<!") { return .behind(try singleScalar(), isNegated: true) }
    if rest.first == "?" || rest.first == "*" {
      throw .unsupported("the group \"(\(String(rest.prefix(4)))…\"")
    }
    return try inner()
  }

  private mutating func inner() throws(RegexError) -> RegexNode {
    let node = try alternatives()
    guard take(")") else { throw .malformed("\"(\" without \")\"") }
    return node
  }

  private mutating func singleScalar() throws(RegexError) -> ScalarSetExpression {
    guard case .scalar(let set) = try inner() else {
      throw .unsupported("a look behind at more than one character")
    }
    return set
  }

  // MARK: Quantifiers

  private mutating func quantified(_ atom: RegexNode) throws(RegexError) -> RegexNode {
    var bounds: (Int, Int?)
    let isInterval = rest.first == "{"
    if take("*") {
      bounds = (0, nil)
    } else if take("+") {
      bounds = (1, nil)
    } else if take("?") {
      bounds = (0, 1)
    } else if take("{") {
      bounds = try interval()
    } else {
      return atom
    }
    if atom.matchesEmpty { throw .unsupported("the repetition of what may be empty") }
    var greed = RegexNode.Greed.greedy
    if take("?") {
      if isInterval, bounds.0 == bounds.1 { throw .unsupported("a lazy \"{n}\"") }
      greed = .lazy
    } else if rest.first == "+", !isInterval {
      rest.removeFirst()
      greed = .possessive
    }
    if let next = rest.first, "*+?{".unicodeScalars.contains(next) {
      throw .unsupported("a quantifier of a quantifier")
    }
    return .repeated(atom, atLeast: bounds.0, atMost: bounds.1, greed)
  }

  /// What follows "{": `n}`, `n,}`, `,m}` or `n,m}`.
  private mutating func interval() throws(RegexError) -> (Int, Int?) {
    let minimum = number()
    var maximum = minimum
    if take(",") {
      maximum = number()
      if minimum == nil, maximum == nil { throw .unsupported("an unescaped \"{\"") }
    }
    guard take("}"), minimum != nil || maximum != nil else {
      throw .unsupported("an unescaped \"{\"")
    }
    if let minimum, let maximum, minimum > maximum {
      throw .unsupported("an interval from \(minimum) to \(maximum)")
    }
    guard max(minimum ?? 0, maximum ?? 0) <= 1000 else {
      throw .unsupported("more than 1000 repetitions")
    }
    return (minimum ?? 0, maximum)
  }

  private mutating func number() -> Int? {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    rest.removeFirst(digits.count)
    return Int(String(digits))
  }

  // MARK: Escapes

  private mutating func escape() throws(RegexError) -> RegexNode {
    for (spelling, anchor) in [
      (#"\A"#, RegexNode.Anchor.textStart), (#"\z"#, .textEnd), (#"\b"#, .wordBoundary),
      (#"\B"#, .noWordBoundary),
    ] where take(spelling) { return .anchor(anchor) }
    return .scalar(try scalarEscape())
  }

  /// An escape that stands for one scalar or a set of them, in a class or outside.
  private mutating func scalarEscape() throws(RegexError) -> ScalarSetExpression {
    var reader = RegexEscapeReader(rest: rest, ignoresCase: ignoresCase)
    let set = try reader.read()
    rest = reader.rest
    return set
  }

  private func literal(_ scalar: Unicode.Scalar) throws(RegexError) -> ScalarSetExpression {
    let range = scalar.value...scalar.value
    return ignoresCase ? try FoldedLetter.folded(range) : .range(range)
  }

  // MARK: Classes

  /// What follows "[".
  private mutating func scalarClass() throws(RegexError) -> ScalarSetExpression {
    let isNegated = take("^")
    var intersected: [ScalarSetExpression] = []
    var members: [ScalarSetExpression] = []
    while !take("]") {
      if take("&&") {
        intersected.append(.union(members))
        members = []
      } else {
        members.append(try classMember())
      }
    }
    if members.isEmpty { throw .malformed("an empty class") }
    intersected.append(.union(members))
    let set = intersected.count == 1 ? intersected[0] : .intersection(intersected)
    return isNegated ? .complement(set) : set
  }

  private mutating func classMember() throws(RegexError) -> ScalarSetExpression {
    if take("[:") { throw .unsupported("a class such as [:alpha:]") }
    if take("[") { return try scalarClass() }
    let first: ScalarSetExpression
    if rest.first == "\\" {
      first = try scalarEscape()
    } else if let scalar = rest.popFirst() {
      if scalar == "]" { throw .malformed("an empty class") }
      first = .range(scalar.value...scalar.value)
    } else {
      throw .malformed("\"[\" without \"]\"")
    }
    guard case .range(let start) = first, start.count == 1 else { return first }
    // A "-" stands for itself at the end of a class, and before a set.
    let before = rest
    if take("-"), rest.first != "]", rest.first != "[" {
      let end =
        rest.first == "\\"
        ? try scalarEscape() : rest.popFirst().map { .range($0.value...$0.value) }
      if case .range(let end)? = end, end.count == 1 {
        guard start.lowerBound <= end.lowerBound else { throw .malformed("a range backwards") }
        if rest.first == "-", rest.dropFirst().first != "]" {
          throw .unsupported("a range of a range")
        }
        let range = start.lowerBound...end.lowerBound
        return ignoresCase ? try FoldedLetter.folded(range) : .range(range)
      }
      throw .unsupported("a range that ends in a class")
    }
    rest = before
    return ignoresCase ? try FoldedLetter.folded(start) : first
  }

  // MARK: Reading

  private mutating func take(_ spelling: String) -> Bool {
    guard rest.starts(with: spelling.unicodeScalars) else { return false }
    rest.removeFirst(spelling.unicodeScalars.count)
    return true
  }
}
