/// Expressions, from what binds least to what binds most.
extension Parser {
  /// One expression, or several with commas between them.
  mutating func tuple(
    allowsConditions: Bool = true, inParentheses: Bool = false
  ) throws -> Expression {
    let line = current.line
    var parts: [Expression] = []
    var isTuple = false
    while !isTupleEnd {
      parts.append(try allowsConditions ? expression() : disjunction())
      guard take(symbol: ",") else { break }
      isTuple = true
    }
    if !isTuple, parts.count == 1 { return parts[0] }
    guard isTuple || inParentheses else { throw unexpected("an expression") }
    return Expression(line: line, kind: .tuple(parts))
  }

  private var isTupleEnd: Bool {
    current.kind == .outputEnd || current.kind == .blockEnd || current.isSymbol(")")
  }

  mutating func expression() throws -> Expression { try nested { try $0.conditional() } }

  private mutating func conditional() throws -> Expression {
    var result = try disjunction()
    while current.isName("if") {
      let line = advance().line
      let condition = try disjunction()
      let otherwise = try take(name: "else") ? expression() : nil
      result = Expression(
        line: line, kind: .conditional(condition, then: result, otherwise: otherwise))
    }
    return result
  }

  private mutating func disjunction() throws -> Expression {
    var left = try conjunction()
    while current.isName("or") {
      let line = advance().line
      left = Expression(line: line, kind: .or(left, try conjunction()))
    }
    return left
  }

  private mutating func conjunction() throws -> Expression {
    var left = try negation()
    while current.isName("and") {
      let line = advance().line
      left = Expression(line: line, kind: .and(left, try negation()))
    }
    return left
  }

  private mutating func negation() throws -> Expression {
    guard current.isName("not") else { return try comparison() }
    let line = advance().line
    return Expression(line: line, kind: .not(try nested { try $0.negation() }))
  }

  private mutating func comparison() throws -> Expression {
    let line = current.line
    let left = try sum()
    var parts: [(operation: Comparison, right: Expression)] = []
    while let operation = comparisonSign {
      advance()
      if operation == .without { advance() }
      parts.append((operation, try sum()))
    }
    return parts.isEmpty ? left : Expression(line: line, kind: .comparison(left, parts))
  }

  private var comparisonSign: Comparison? {
    switch current.kind {
    case .symbol(let symbol): Comparison(rawValue: symbol)
    case .name("in"): .within
    case .name("not"): next.isName("in") ? .without : nil
    default: nil
    }
  }

  private mutating func sum() throws -> Expression {
    try arithmetic(["+", "-"]) { try $0.concatenation() }
  }

  private mutating func concatenation() throws -> Expression {
    let line = current.line
    var parts = [try product()]
    while take(symbol: "~") { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : Expression(line: line, kind: .concatenation(parts))
  }

  private mutating func product() throws -> Expression {
    try arithmetic(["*", "/", "//", "%"]) { parser in
      try parser.arithmetic(["**"]) { try $0.unary() }
    }
  }

  private mutating func arithmetic(
    _ signs: Set<String>, _ operand: (inout Parser) throws -> Expression
  ) throws -> Expression {
    var left = try operand(&self)
    while case .symbol(let sign) = current.kind, signs.contains(sign),
      let operation = Arithmetic(rawValue: sign)
    {
      let line = advance().line
      left = Expression(line: line, kind: .arithmetic(operation, left, try operand(&self)))
    }
    return left
  }

  private mutating func unary(allowsFilters: Bool = true) throws -> Expression {
    let line = current.line
    var value: Expression
    if current.isSymbol("-") || current.isSymbol("+") {
      let isNegative = advance().isSymbol("-")
      let operand = try nested { try $0.unary(allowsFilters: false) }
      value = Expression(line: line, kind: .sign(operand, isNegative: isNegative))
    } else {
      value = try primary()
    }
    value = try postfix(value)
    guard allowsFilters else { return value }
    while true {
      let line = current.line
      if take(symbol: "|") {
        value = Expression(line: line, kind: .filter(value, try filter()))
      } else if take(name: "is") {
        value = try test(of: value, line)
      } else if current.isSymbol("(") {
        value = Expression(line: line, kind: .call(value, try arguments()))
      } else {
        return value
      }
    }
  }

  private mutating func primary() throws -> Expression {
    let token = advance()
    func expression(_ kind: Expression.Kind) -> Expression {
      Expression(line: token.line, kind: kind)
    }
    switch token.kind {
    case .name("true"), .name("True"): return expression(.bool(true))
    case .name("false"), .name("False"): return expression(.bool(false))
    case .name("none"), .name("None"): return expression(.null)
    case .name(let name): return expression(.name(name))
    case .integer(let number): return expression(.integer(number))
    case .float(let number): return expression(.float(number))
    case .string(var text):
      while case .string(let more) = current.kind {
        text += more
        advance()
      }
      return expression(.string(text))
    case .symbol("("):
      let inner = try nested { try $0.tuple(inParentheses: true) }
      try require(symbol: ")")
      return inner
    case .symbol("["):
      return expression(.list(try elements(until: "]") { try $0.expression() }))
    case .symbol("{"):
      let members = try elements(until: "}") { parser in
        let key = try parser.expression()
        try parser.require(symbol: ":")
        return (key: key, value: try parser.expression())
      }
      return expression(.mapping(members))
    default:
      throw error(.unexpected(token.description, expected: "an expression"), at: token.line)
    }
  }

  /// What stands between commas, with one at the end if need be.
  private mutating func elements<Element>(
    until end: String, _ read: (inout Parser) throws -> Element
  ) throws -> [Element] {
    var elements: [Element] = []
    while !current.isSymbol(end) {
      if !elements.isEmpty {
        try require(symbol: ",")
        if current.isSymbol(end) { break }
      }
      elements.append(try read(&self))
    }
    advance()
    return elements
  }

  // MARK: Behind a value

  private mutating func postfix(_ value: Expression) throws -> Expression {
    var value = value
    while true {
      let line = current.line
      if take(symbol: ".") {
        if case .integer(let index) = current.kind {
          advance()
          let index = Expression(line: line, kind: .integer(index))
          value = Expression(line: line, kind: .item(value, index))
        } else {
          value = Expression(line: line, kind: .attribute(value, try identifier()))
        }
      } else if take(symbol: "[") {
        value = try subscripted(value, line)
      } else if current.isSymbol("(") {
        value = Expression(line: line, kind: .call(value, try arguments()))
      } else {
        return value
      }
    }
  }

  /// What follows "[".
  private mutating func subscripted(_ value: Expression, _ line: Int) throws -> Expression {
    var bounds: [Expression?] = []
    repeat {
      let isAbsent = current.isSymbol(":") || current.isSymbol("]")
      bounds.append(try isAbsent ? nil : expression())
    } while bounds.count < 3 && take(symbol: ":")
    if current.isSymbol(",") { throw error(.unsupported("a subscript with commas")) }
    try require(symbol: "]")
    guard bounds.count == 1 else {
      let slice = SliceSyntax(
        start: bounds[0], end: bounds[1], step: bounds.count > 2 ? bounds[2] : nil)
      return Expression(line: line, kind: .slice(value, slice))
    }
    guard let index = bounds[0] else { throw error(.unexpected("']'", expected: "a subscript")) }
    return Expression(line: line, kind: .item(value, index))
  }

  private mutating func arguments() throws -> [Argument] {
    try require(symbol: "(")
    return try elements(until: ")") { parser in
      if parser.current.isSymbol("*") || parser.current.isSymbol("**") {
        throw parser.error(.unsupported("an argument with \(parser.current.description)"))
      }
      guard case .name(let name) = parser.current.kind, parser.next.isSymbol("=") else {
        return Argument(name: nil, value: try parser.expression())
      }
      parser.advance()
      parser.advance()
      return Argument(name: name, value: try parser.expression())
    }
  }

  /// What follows `|`.
  mutating func filter() throws -> Application {
    let line = current.line
    let name = try identifier()
    return Application(
      line: line, name: name, arguments: try current.isSymbol("(") ? arguments() : [])
  }

  mutating func filters() throws -> [Application] {
    var filters: [Application] = []
    while take(symbol: "|") { filters.append(try filter()) }
    return filters
  }

  /// What follows `is`; one argument may stand without parentheses.
  private mutating func test(of value: Expression, _ line: Int) throws -> Expression {
    let isNegated = take(name: "not")
    let name = try identifier()
    var arguments: [Argument] = []
    if current.isSymbol("(") {
      arguments = try self.arguments()
    } else if isArgument {
      if current.isName("is") { throw error(.unexpected("'is'", expected: "one test")) }
      let argument = try primary()
      arguments = [Argument(name: nil, value: try postfix(argument))]
    }
    let test = Expression(
      line: line,
      kind: .test(value, Application(line: line, name: name, arguments: arguments)))
    return isNegated ? Expression(line: line, kind: .not(test)) : test
  }

  private var isArgument: Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and"].contains(name)
    case .string, .integer, .float: true
    case .symbol(let symbol): symbol == "[" || symbol == "{"
    default: false
    }
  }
}
