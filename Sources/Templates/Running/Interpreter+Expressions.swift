extension Interpreter {
  /// - Parameter caller: what a macro that is called here gets as `caller`.
  /// - Throws: `TemplateError`.
  func value(of expression: Expression, _ scope: Scope, caller: Value? = nil) throws -> Value {
    try step(expression.line)
    return try at(expression.line) { try evaluate(expression, scope, caller) }
  }

  private func evaluate(
    _ expression: Expression, _ scope: Scope, _ caller: Value?
  ) throws -> Value {
    switch expression.kind {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .integer(let number): return .integer(number)
    case .float(let number): return .float(number)
    case .string(let text): return .string(text)
    case .name(let name):
      return scope.value(of: name)
        ?? (KnownFunctions.names.contains(name) ? .function(.known(name)) : .undefined("'\(name)'"))
    case .list(let elements): return .list(try elements.map { try value(of: $0, scope) })
    case .tuple(let elements): return .tuple(try elements.map { try value(of: $0, scope) })
    case .mapping(let members):
      var entries: [Value.Entry] = []
      for (key, member) in members {
        entries.set(try value(of: key, scope), try value(of: member, scope))
      }
      return .mapping(entries)
    case .attribute(let owner, let name):
      return try value(of: owner, scope).attribute(name)
    case .item(let owner, let key):
      return try value(of: owner, scope).item(value(of: key, scope))
    case .slice(let owner, let slice):
      let bounds = try [slice.start, slice.end, slice.step].map { bound in
        try bound.map { try value(of: $0, scope) }
      }
      return try value(of: owner, scope).slice(bounds[0], bounds[1], step: bounds[2])
    case .call(let callee, let arguments):
      let function = try value(of: callee, scope)
      return try call(function, try evaluated(arguments, scope), caller)
    case .filter(let input, let filter):
      return try applied(filter, to: value(of: input, scope), scope)
    case .test(let input, let test):
      // What `defined` asks is no error.
      let input = try value(of: input, scope)
      let arguments = try evaluated(test.arguments, scope)
      return .bool(try at(test.line) { try Tests.holds(test.name, input, arguments) })
    case .conditional(let condition, let then, let otherwise):
      if try value(of: condition, scope).isTrue { return try value(of: then, scope) }
      return try otherwise.map { try value(of: $0, scope) }
        ?? .undefined("what has no 'else'")
    default: return try compute(expression, scope)
    }
  }

  /// What has operators.
  private func compute(_ expression: Expression, _ scope: Scope) throws -> Value {
    switch expression.kind {
    case .not(let operand): return .bool(try !value(of: operand, scope).isTrue)
    case .sign(let operand, let isNegative):
      let operand = try value(of: operand, scope)
      return try Value.integer(0).combined(isNegative ? .minus : .plus, with: operand)
    case .and(let left, let right):
      let left = try value(of: left, scope)
      return try left.isTrue ? value(of: right, scope) : left
    case .or(let left, let right):
      let left = try value(of: left, scope)
      return try left.isTrue ? left : value(of: right, scope)
    case .comparison(let left, let parts):
      var left = try value(of: left, scope)
      for (operation, right) in parts {
        let right = try value(of: right, scope)
        guard try Self.holds(operation, left, right) else { return .bool(false) }
        left = right
      }
      return .bool(true)
    case .arithmetic(let operation, let left, let right):
      return try value(of: left, scope).combined(operation, with: value(of: right, scope))
    case .concatenation(let parts):
      return .string(try parts.map { try value(of: $0, scope).text }.joined())
    default: preconditionFailure("an operator is expected")
    }
  }

  static func holds(_ comparison: Comparison, _ left: Value, _ right: Value) throws -> Bool {
    switch comparison {
    case .equal: left.equals(right)
    case .unequal: !left.equals(right)
    case .less: try left.isLess(than: right)
    case .greater: try right.isLess(than: left)
    case .lessOrEqual: try left.isLess(than: right) || left.equals(right)
    case .greaterOrEqual: try right.isLess(than: left) || left.equals(right)
    case .within: try right.contains(left)
    case .without: try !right.contains(left)
    }
  }

  // MARK: Calls

  func evaluated(_ arguments: [Argument], _ scope: Scope) throws -> Arguments {
    Arguments(
      try arguments.map { ($0.name, try value(of: $0.value, scope)) })
  }

  func applied(_ filter: Application, to input: Value, _ scope: Scope) throws -> Value {
    let arguments = try evaluated(filter.arguments, scope)
    return try at(filter.line) { try Filters.apply(filter.name, to: input, arguments) }
  }

  private func call(_ function: Value, _ arguments: Arguments, _ caller: Value?) throws -> Value {
    switch function {
    case .function(.macro(let macro, let scope)):
      return try call(macro, scope, arguments, caller: caller)
    case .function(.method(let name, let owner)):
      return try Methods.call(name, of: owner, arguments)
    case .function(.known(let name)): return try KnownFunctions.call(name, arguments, clock)
    case .undefined(let name): throw TemplateError.Fault.undefined(name)
    default: throw TemplateError.Fault.value("\(function.kind) cannot be called")
    }
  }
}
