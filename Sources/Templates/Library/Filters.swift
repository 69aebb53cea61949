/// Jinja's filters, of which one is found by its name.
enum Filters {
  /// - Throws: `TemplateError.Fault`.
  static func apply(_ name: String, to input: Value, _ arguments: Arguments) throws -> Value {
    if let result = try text(name, input, arguments) ?? numbers(name, input, arguments)
      ?? elements(name, input, arguments) ?? order(name, input, arguments)
    {
      return result
    }
    throw TemplateError.Fault.unsupported("the filter '\(name)'")
  }

  // MARK: Texts

  private static func text(
    _ name: String, _ input: Value, _ arguments: Arguments
  ) throws -> Value? {
    func bound(_ parameters: String...) throws -> [Value?] {
      try arguments.bound(to: parameters, of: "the filter '\(name)'")
    }
    switch name {
    case "string":
      _ = try bound()
      return .string(input.text)
    case "upper":
      _ = try bound()
      return .string(PythonText.uppercased(input.text))
    case "lower":
      _ = try bound()
      return .string(PythonText.lowercased(input.text))
    case "capitalize":
      _ = try bound()
      return .string(PythonText.capitalized(input.text))
    case "title":
      _ = try bound()
      return .string(titled(input.text))
    case "trim":
      let given = try bound("chars")
      return try Methods.call(
        "strip", of: .string(input.text), Arguments(positional: given.compactMap { $0 }))
    case "replace":
      let given = try bound("old", "new", "count")
      let count = try given[2].map { try Optional($0).integer("count") } ?? -1
      guard let old = given[0], let new = given[1] else {
        throw TemplateError.Fault.value("replace needs what is replaced, and by what")
      }
      return .string(
        PythonText.replaced(
          input.text, old.text, with: new.text, count: count < 0 ? .max : count))
    case "indent":
      let given = try bound("width", "first", "blank")
      let width = given[0]?.string
      let spaces = try width ?? String(repeating: " ", count: given[0].integer("width", default: 4))
      return .string(
        indented(
          input.text, by: spaces, first: given[1]?.isTrue == true, blank: given[2]?.isTrue == true))
    case "tojson":
      return .string(
        try json(input, try bound("ensure_ascii", "indent", "separators", "sort_keys")))
    default: return nil
    }
  }

  /// Words begin behind white space, hyphens and opening brackets.
  private static func titled(_ text: String) -> String {
    var result = ""
    var word = ""
    for scalar in text.unicodeScalars {
      guard PythonText.isSpace(scalar) || "-({[<".unicodeScalars.contains(scalar) else {
        word.unicodeScalars.append(scalar)
        continue
      }
      result += large(word) + String(scalar)
      word = ""
    }
    return result + large(word)
  }

  private static func large(_ word: String) -> String {
    let scalars = word.unicodeScalars
    guard let first = scalars.first else { return "" }
    return first.properties.uppercaseMapping + PythonText.lowercased(String(scalars.dropFirst()))
  }

  private static func indented(
    _ text: String, by indent: String, first: Bool, blank: Bool
  ) -> String {
    let lines = PythonText.lines(text + "\n")
    let rest = lines.dropFirst().map { $0.isEmpty && !blank ? $0 : indent + $0 }
    return (first ? indent : "") + ([lines[0]] + rest).joined(separator: "\n")
  }

  private static func json(_ input: Value, _ given: [Value?]) throws -> String {
    var style = Value.JSONStyle()
    style.isASCII = given[0]?.isTrue == true
    style.sortsKeys = given[3]?.isTrue == true
    if let indent = given[1], !indent.isNull {
      style.indent =
        try indent.string
        ?? String(repeating: " ", count: max(0, Optional(indent).integer("indent")))
      style.itemSeparator = ","
    }
    if let separators = given[2], !separators.isNull {
      let parts = try separators.elements()
      guard parts.count == 2, let item = parts[0].string, let key = parts[1].string else {
        throw TemplateError.Fault.value("separators are \(separators.kind); expected two texts")
      }
      (style.itemSeparator, style.keySeparator) = (item, key)
    }
    return try input.json(style)
  }

  // MARK: Numbers

  private static func numbers(
    _ name: String, _ input: Value, _ arguments: Arguments
  ) throws -> Value? {
    func bound(_ parameters: String...) throws -> [Value?] {
      try arguments.bound(to: parameters, of: "the filter '\(name)'")
    }
    switch name {
    case "abs":
      _ = try bound()
      guard let number = input.number else {
        throw TemplateError.Fault.value("\(input.kind) has no size")
      }
      return number < 0 ? try Value.integer(0).combined(.minus, with: input) : input
    case "int":
      let given = try bound("default", "base")
      if given[1] != nil { throw TemplateError.Fault.unsupported("the argument 'base' of int") }
      return whole(input).map(Value.integer) ?? given[0] ?? .integer(0)
    case "float":
      let given = try bound("default")
      if let number = input.number { return .float(number) }
      let number = input.string.flatMap { Double(PythonText.stripped($0)) }
      return number.map(Value.float) ?? given[0] ?? .float(0)
    case "round":
      let given = try bound("precision", "method")
      let precision = try given[0].integer("precision", default: 0)
      guard let number = input.number, precision == 0, given[1] == nil else {
        throw TemplateError.Fault.unsupported("rounding to other than whole numbers")
      }
      if case .integer = input { return input }
      return .float(number.rounded(.toNearestOrEven))
    default: return nil
    }
  }

  private static func whole(_ input: Value) -> Int? {
    if let number = input.wholeNumber { return number }
    guard let number = input.number ?? input.string.flatMap(number(spelled:)) else { return nil }
    return Int(exactly: number.rounded(.towardZero))
  }

  private static func number(spelled text: String) -> Double? {
    Double(PythonText.stripped(text))
  }
}

extension Value {
  var isNull: Bool { if case .null = self { true } else { false } }
}
