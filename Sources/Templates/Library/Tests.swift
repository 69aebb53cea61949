/// What may stand behind `is`.
enum Tests {
  /// - Throws: `TemplateError.Fault`.
  static func holds(_ name: String, _ value: Value, _ arguments: Arguments) throws -> Bool {
    if let comparison = comparisons[name] {
      let other = try arguments.bound(to: ["other"], of: "the test '\(name)'")[0]
      guard let other else { throw TemplateError.Fault.value("the test '\(name)' needs a value") }
      return try Interpreter.holds(comparison, value, other)
    }
    switch name {
    case "sameas":
      let other = try arguments.bound(to: ["other"], of: "the test '\(name)'")[0]
      return other.map(value.isSame) ?? false
    case "divisibleby":
      let divisor = try arguments.bound(to: ["num"], of: "the test '\(name)'")[0]
      return try remainder(of: value, by: divisor.integer("num")) == 0
    default: break
    }
    _ = try arguments.bound(to: [], of: "the test '\(name)'")
    switch name {
    case "defined": return !value.isUndefined
    case "undefined": return value.isUndefined
    case "odd": return try remainder(of: value, by: 2) == 1
    case "even": return try remainder(of: value, by: 2) == 0
    case "lower": return Methods.hasCase(value.text, isLower: true)
    case "upper": return Methods.hasCase(value.text, isLower: false)
    default:
      guard let holds = isOfKind(name, value) else {
        throw TemplateError.Fault.unsupported("the test '\(name)'")
      }
      return holds
    }
  }

  private static func isOfKind(_ name: String, _ value: Value) -> Bool? {
    switch (name, value) {
    case ("none", .null), ("boolean", .bool), ("true", .bool(true)), ("false", .bool(false)),
      ("integer", .integer), ("float", .float), ("string", .string), ("mapping", .mapping),
      ("number", .integer), ("number", .float), ("number", .bool), ("callable", .function),
      ("sequence", .string), ("sequence", .list), ("sequence", .tuple), ("sequence", .mapping),
      ("sequence", .undefined), ("iterable", .string), ("iterable", .list), ("iterable", .tuple),
      ("iterable", .mapping), ("iterable", .iterator), ("iterable", .undefined),
      ("iterable", .loop):
      true
    case ("none", _), ("boolean", _), ("true", _), ("false", _), ("integer", _), ("float", _),
      ("string", _), ("mapping", _), ("number", _), ("callable", _), ("sequence", _),
      ("iterable", _):
      false
    default: nil
    }
  }

  private static let comparisons: [String: Comparison] = [
    "eq": .equal, "equalto": .equal, "ne": .unequal, "lt": .less, "lessthan": .less,
    "le": .lessOrEqual, "gt": .greater, "greaterthan": .greater, "ge": .greaterOrEqual,
    "in": .within, "==": .equal, "!=": .unequal, "<": .less, "<=": .lessOrEqual, ">": .greater,
    ">=": .greaterOrEqual,
  ]

  private static func remainder(of value: Value, by divisor: Int) throws -> Int {
    try Optional(value.combined(.remainder, with: .integer(divisor))).integer("the value")
  }
}
