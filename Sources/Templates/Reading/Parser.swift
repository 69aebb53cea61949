/// Reads Jinja, as far as templates of chats use it; everything else is refused by its name.
struct Parser {
  let name: String
  private let tokens: [Token]
  private var position = 0
  private var depth = 0

  /// Braces and blocks within one another: more than people write, fewer than a stack holds.
  private static let deepest = 100

  /// - Parameter name: for messages.
  /// - Throws: `TemplateError`.
  static func statements(of text: String, name: String) throws -> [Statement] {
    var parser = Parser(name: name, tokens: try Lexer.tokens(of: text, name: name))
    let statements = try parser.statements()
    guard parser.current.kind == .end else { throw parser.unexpected("a statement") }
    return statements
  }

  private init(name: String, tokens: [Token]) { (self.name, self.tokens) = (name, tokens) }

  // MARK: Tokens

  /// The last one is the end, which is never passed.
  var current: Token { tokens[position] }
  var next: Token { tokens[min(position + 1, tokens.count - 1)] }

  @discardableResult mutating func advance() -> Token {
    defer { position = min(position + 1, tokens.count - 1) }
    return current
  }

  mutating func take(name: String) -> Bool {
    guard current.isName(name) else { return false }
    advance()
    return true
  }

  mutating func take(symbol: String) -> Bool {
    guard current.isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func require(symbol: String) throws {
    guard take(symbol: symbol) else { throw unexpected("'\(symbol)'") }
  }

  mutating func require(name: String) throws {
    guard take(name: name) else { throw unexpected("'\(name)'") }
  }

  mutating func identifier() throws -> String {
    guard case .name(let name) = current.kind else { throw unexpected("a name") }
    advance()
    return name
  }

  mutating func endBlock() throws {
    guard current.kind == .blockEnd else { throw unexpected("'%}'") }
    advance()
  }

  func unexpected(_ expected: String) -> TemplateError {
    error(.unexpected(current.description, expected: expected))
  }

  func error(_ fault: TemplateError.Fault, at line: Int? = nil) -> TemplateError {
    TemplateError(name: name, line: line ?? current.line, fault: fault)
  }

  /// One more level within another.
  mutating func nested<Result>(_ read: (inout Parser) throws -> Result) throws -> Result {
    guard depth < Self.deepest else {
      throw error(.unsupported("nesting of more than \(Self.deepest) levels"))
    }
    depth += 1
    defer { depth -= 1 }
    return try read(&self)
  }

  // MARK: Statements

  /// Statements up to a block that this level does not know; its `{%` is taken.
  private mutating func statements() throws -> [Statement] {
    var statements: [Statement] = []
    while true {
      switch current.kind {
      case .text(let text):
        advance()
        statements.append(.text(text))
      case .outputBegin:
        advance()
        statements.append(.output(try tuple()))
        guard current.kind == .outputEnd else { throw unexpected("'}}'") }
        advance()
      case .blockBegin:
        advance()
        guard case .name(let tag) = current.kind else { throw unexpected("the name of a block") }
        if tag.hasPrefix("end") || tag == "else" || tag == "elif" { return statements }
        statements.append(try nested { try $0.statement(tag) })
        try endBlock()
      default: return statements
      }
    }
  }

  /// What stands between a block and its end, of which the name is taken.
  ///
  /// - Returns: which end it is.
  mutating func body(_ ends: String...) throws -> (statements: [Statement], end: String) {
    let line = current.line
    try endBlock()
    let statements = try statements()
    guard case .name(let end) = current.kind, ends.contains(end) else {
      let expected = ends.map { "'\($0)'" }.joined(separator: " or ")
      throw error(
        .unexpected(
          current.description, expected: "\(expected) of the block that begins in line \(line)"))
    }
    advance()
    return (statements, end)
  }

  private mutating func statement(_ tag: String) throws -> Statement {
    let line = current.line
    advance()
    switch tag {
    case "if": return try branch()
    case "for": return try loop()
    case "set": return try assignment()
    case "macro":
      let name = try identifier()
      return .macro(try macro(name: name))
    case "call":
      let parameters = try current.isSymbol("(") ? parameters() : []
      let call = try expression()
      guard case .call = call.kind else { throw error(.value("a call is expected"), at: line) }
      let body = try body("endcall").statements
      return .call(call, MacroSyntax(name: "caller", parameters: parameters, body: body))
    case "filter":
      var filters = [try filter()]
      filters += try self.filters()
      return .filtered(filters, body: try body("endfilter").statements)
    case "with":
      var assignments: [(Target, Expression)] = []
      while current.kind != .blockEnd {
        if !assignments.isEmpty { try require(symbol: ",") }
        let target = try target()
        try require(symbol: "=")
        assignments.append((target, try expression()))
      }
      return .with(assignments, body: try body("endwith").statements)
    case "generation": return .generation(try body("endgeneration").statements)
    case "break": return .breaking
    case "continue": return .continuing
    default: throw error(.unsupported("the block '\(tag)'"), at: line)
    }
  }

  private mutating func branch() throws -> Statement {
    var branches: [Statement.Branch] = []
    while true {
      let condition = try tuple(allowsConditions: false)
      let (body, end) = try body("elif", "else", "endif")
      branches.append(.init(condition: condition, body: body))
      if end == "elif" { continue }
      let otherwise = try end == "else" ? self.body("endif").statements : []
      return .branch(branches, otherwise: otherwise)
    }
  }

  private mutating func loop() throws -> Statement {
    let target = try target()
    try require(name: "in")
    let elements = try tuple(allowsConditions: false)
    let condition = try take(name: "if") ? expression() : nil
    if current.isName("recursive") { throw error(.unsupported("a recursive loop")) }
    let (body, end) = try body("endfor", "else")
    let otherwise = try end == "else" ? self.body("endfor").statements : []
    return .loop(
      LoopSyntax(
        target: target, elements: elements, condition: condition, body: body, otherwise: otherwise))
  }

  private mutating func assignment() throws -> Statement {
    let target = try target()
    if take(symbol: "=") { return .set(target, try tuple()) }
    let filters = try filters()
    return .capture(target, filters, body: try body("endset").statements)
  }

  private mutating func macro(name: String) throws -> MacroSyntax {
    let parameters = try parameters()
    return MacroSyntax(
      name: name, parameters: parameters, body: try body("endmacro").statements)
  }

  private mutating func parameters() throws -> [MacroSyntax.Parameter] {
    var parameters: [MacroSyntax.Parameter] = []
    try require(symbol: "(")
    while !current.isSymbol(")") {
      if !parameters.isEmpty { try require(symbol: ",") }
      let name = try identifier()
      let value = try take(symbol: "=") ? expression() : nil
      if value == nil, parameters.last?.value != nil {
        throw error(
          .value("the parameter '\(name)' has no default, and stands behind one that has"))
      }
      parameters.append(.init(name: name, value: value))
    }
    advance()
    return parameters
  }

  private mutating func target() throws -> Target {
    var targets = [try singleTarget()]
    var isTuple = false
    while take(symbol: ",") {
      isTuple = true
      if current.isName("in") || current.isSymbol(")") || current.isSymbol("=") { break }
      targets.append(try singleTarget())
    }
    return isTuple ? .several(targets) : targets[0]
  }

  private mutating func singleTarget() throws -> Target {
    if take(symbol: "(") {
      let inner = try nested { try $0.target() }
      try require(symbol: ")")
      return inner
    }
    let name = try identifier()
    guard take(symbol: ".") else { return .name(name) }
    return .attribute(of: name, try identifier())
  }
}
