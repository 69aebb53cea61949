/// Runs a template once.
final class Interpreter {
  let name: String
  let clock: Clock
  private var output = ""
  private var steps = 0
  private var depth = 0

  /// More than any chat needs: a template that goes on for ever is one by mistake, or by malice.
  private static let mostSteps = 2_000_000
  /// Macros within one another.
  private static let deepest = 100

  private enum Flow { case on, breaking, continuing }

  init(name: String, clock: Clock) { (self.name, self.clock) = (name, clock) }

  /// - Throws: `TemplateError`.
  func run(_ statements: [Statement], in scope: Scope) throws -> String {
    try captured { _ = try run(statements, scope) }
  }

  /// What is written meanwhile.
  private func captured(_ body: () throws -> Void) rethrows -> String {
    let before = output
    output = ""
    defer { output = before }
    try body()
    return output
  }

  // MARK: Statements

  private func run(_ statements: [Statement], _ scope: Scope) throws -> Flow {
    for statement in statements {
      let flow = try run(statement, scope)
      if flow != .on { return flow }
    }
    return .on
  }

  private func run(_ statement: Statement, _ scope: Scope) throws -> Flow {
    switch statement {
    case .text(let text): output += text
    case .output(let expression):
      let value = try value(of: expression, scope)
      output += value.text
    case .branch(let branches, let otherwise):
      for branch in branches where try value(of: branch.condition, scope).isTrue {
        return try run(branch.body, scope)
      }
      return try run(otherwise, scope)
    case .loop(let loop): return try run(loop, scope)
    case .set(let target, let expression):
      let value = try value(of: expression, scope)
      try assign(value, to: target, in: scope, line: expression.line)
    case .capture(let target, let filters, let body):
      let text = try captured { _ = try run(body, Scope(around: scope)) }
      let value = try filtered(.string(text), filters, scope)
      try assign(value, to: target, in: scope, line: filters.first?.line ?? 1)
    case .macro(let macro): scope.set(macro.name, .function(.macro(macro, scope)))
    case .call(let call, let caller):
      let value = try value(of: call, scope, caller: .function(.macro(caller, scope)))
      output += value.text
    case .filtered(let filters, let body):
      let text = try captured { _ = try run(body, Scope(around: scope)) }
      let value = try filtered(.string(text), filters, scope)
      output += value.text
    case .with(let assignments, let body):
      let inner = Scope(around: scope)
      for (target, expression) in assignments {
        try assign(value(of: expression, scope), to: target, in: inner, line: expression.line)
      }
      return try run(body, inner)
    case .generation(let body): return try run(body, Scope(around: scope))
    case .breaking: return .breaking
    case .continuing: return .continuing
    }
    return .on
  }

  private func run(_ loop: LoopSyntax, _ scope: Scope) throws -> Flow {
    let line = loop.elements.line
    var elements = try at(line) { try value(of: loop.elements, scope).elements() }
    if let condition = loop.condition {
      elements = try elements.filter { element in
        let inner = Scope(around: scope)
        try assign(element, to: loop.target, in: inner, line: line)
        return try value(of: condition, inner).isTrue
      }
    }
    if elements.isEmpty { return try run(loop.otherwise, Scope(around: scope)) }
    let state = LoopState(elements)
    for (index, element) in elements.enumerated() {
      state.index = index
      let inner = Scope(around: scope)
      inner.set("loop", .loop(state))
      try assign(element, to: loop.target, in: inner, line: line)
      try step(line)
      if try run(loop.body, inner) == .breaking { break }
    }
    return .on
  }

  private func assign(_ value: Value, to target: Target, in scope: Scope, line: Int) throws {
    switch target {
    case .name(let name): scope.set(name, value)
    case .attribute(let owner, let name):
      guard case .namespace(let namespace) = scope.value(of: owner) else {
        throw error(.value("'\(owner)' is no namespace: nothing can be set in it"), line)
      }
      namespace[name] = value
    case .several(let targets):
      let values = try at(line) { try value.elements() }
      guard values.count == targets.count else {
        throw error(.value("\(values.count) values for \(targets.count) names"), line)
      }
      for (target, value) in zip(targets, values) {
        try assign(value, to: target, in: scope, line: line)
      }
    }
  }

  // MARK: Macros

  func call(
    _ macro: MacroSyntax, _ scope: Scope, _ arguments: Arguments, caller: Value?
  ) throws -> Value {
    guard depth < Self.deepest else {
      throw TemplateError.Fault.value("more than \(Self.deepest) macros within one another")
    }
    depth += 1
    defer { depth -= 1 }
    let inner = Scope(around: scope)
    let given = try arguments.bound(to: macro.parameters.map(\.name), of: "'\(macro.name)'")
    if let caller { inner.set("caller", caller) }
    for (parameter, value) in zip(macro.parameters, given) {
      let value = try value ?? parameter.value.map { try self.value(of: $0, inner) }
      inner.set(parameter.name, value ?? .undefined("the parameter '\(parameter.name)'"))
    }
    return .string(try captured { _ = try run(macro.body, inner) })
  }

  func filtered(_ value: Value, _ filters: [Application], _ scope: Scope) throws -> Value {
    try filters.reduce(value) { try applied($1, to: $0, scope) }
  }

  // MARK: Errors

  /// Counts what is done.
  func step(_ line: Int) throws {
    steps += 1
    if steps > Self.mostSteps { throw error(.value("the template does not come to an end"), line) }
  }

  /// Gives a fault its place.
  func at<Result>(_ line: Int, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let fault as TemplateError.Fault {
      throw error(fault, line)
    }
  }

  private func error(_ fault: TemplateError.Fault, _ line: Int) -> TemplateError {
    TemplateError(name: name, line: line, fault: fault)
  }
}
