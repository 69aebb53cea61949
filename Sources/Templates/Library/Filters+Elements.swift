/// Filters of lists, mappings, and what else has elements.
extension Filters {
  static func elements(
    _ name: String, _ input: Value, _ arguments: Arguments
  ) throws -> Value? {
    func bound(_ parameters: String...) throws -> [Value?] {
      try arguments.bound(to: parameters, of: "the filter '\(name)'")
    }
    switch name {
    case "length", "count":
      _ = try bound()
      return .integer(try input.count())
    case "default", "d":
      let given = try bound("default_value", "boolean")
      let isMissing = input.isUndefined || (given[1]?.isTrue == true && !input.isTrue)
      return isMissing ? given[0] ?? .string("") : input
    case "list":
      _ = try bound()
      return .list(try input.elements())
    case "first":
      _ = try bound()
      if case .iterator(let iterator) = input {
        return iterator.takeFirst() ?? .undefined("the first element of none")
      }
      return try input.elements().first ?? .undefined("the first element of none")
    case "last":
      _ = try bound()
      if case .iterator = input { throw TemplateError.Fault.value("\(input.kind) has no end") }
      return try input.elements().last ?? .undefined("the last element of none")
    case "items":
      _ = try bound()
      if input.isUndefined { return .iterator(Iterator([])) }
      guard case .mapping(let entries) = input else {
        throw TemplateError.Fault.value("\(input.kind) has no pairs of keys and values")
      }
      return .iterator(Iterator(entries.map { .tuple([$0.key, $0.value]) }))
    case "join":
      let given = try bound("d", "attribute")
      let parts = try input.elements().map { try part($0, given[1]).text }
      return .string(parts.joined(separator: given[0]?.text ?? ""))
    case "reverse":
      _ = try bound()
      if let text = input.string {
        return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
      }
      return .iterator(Iterator(try input.elements().reversed()))
    case "sum":
      let given = try bound("attribute", "start")
      return try input.elements().reduce(given[1] ?? .integer(0)) {
        try $0.combined(.plus, with: part($1, given[0]))
      }
    case "map": return .iterator(Iterator(try mapped(input, arguments)))
    case "select", "reject", "selectattr", "rejectattr":
      return .iterator(Iterator(try selected(name, input, arguments)))
    default: return nil
    }
  }

  private static func mapped(_ input: Value, _ arguments: Arguments) throws -> [Value] {
    guard let filter = arguments.positional.first else {
      let given = try arguments.bound(to: ["attribute", "default"], of: "the filter 'map'")
      guard let attribute = given[0] else {
        throw TemplateError.Fault.value("map needs the name of a filter, or an attribute")
      }
      return try input.elements().map { element in
        let value = try part(element, attribute)
        return value.isUndefined ? given[1] ?? value : value
      }
    }
    let name = try Optional(filter).string("the filter's name")
    return try input.elements().map { try apply(name, to: $0, arguments.dropFirst(1)) }
  }

  private static func selected(
    _ name: String, _ input: Value, _ arguments: Arguments
  ) throws -> [Value] {
    let isWanted = name.hasPrefix("select")
    let attribute = name.hasSuffix("attr") ? arguments.positional.first : nil
    if name.hasSuffix("attr"), attribute == nil {
      throw TemplateError.Fault.value("\(name) needs the name of an attribute")
    }
    let rest = arguments.dropFirst(attribute == nil ? 0 : 1)
    let test = try rest.positional.first.map { try Optional($0).string("the test's name") }
    return try input.elements().filter { element in
      let value = try part(element, attribute)
      let holds = try test.map { try Tests.holds($0, value, rest.dropFirst(1)) } ?? value.isTrue
      return holds == isWanted
    }
  }

  /// An attribute of an element, by its path: "function.name".
  private static func part(_ element: Value, _ attribute: Value?) throws -> Value {
    guard let attribute, !attribute.isNull else { return element }
    guard let path = attribute.string else { return try element.item(attribute) }
    return try PythonText.split(path, by: ".").reduce(element) { value, key in
      try value.item(Int(key).map(Value.integer) ?? .string(key))
    }
  }

  // MARK: Order

  static func order(_ name: String, _ input: Value, _ arguments: Arguments) throws -> Value? {
    func bound(_ parameters: String...) throws -> [Value?] {
      try arguments.bound(to: parameters, of: "the filter '\(name)'")
    }
    switch name {
    case "sort":
      let given = try bound("reverse", "case_sensitive", "attribute")
      return .list(
        try sorted(
          input.elements(), isReversed: given[0]?.isTrue == true,
          by: { try key(part($0, given[2]), given[1]) }))
    case "dictsort":
      let given = try bound("case_sensitive", "by", "reverse")
      guard case .mapping(let entries) = input else {
        throw TemplateError.Fault.value("\(input.kind) has no pairs of keys and values")
      }
      let by = try given[1].string("by", default: "key")
      guard by == "key" || by == "value" else {
        throw TemplateError.Fault.value("a mapping is sorted by key or by value")
      }
      return .list(
        try sorted(
          entries.map { .tuple([$0.key, $0.value]) }, isReversed: given[2]?.isTrue == true,
          by: { try key($0.item(.integer(by == "key" ? 0 : 1)), given[0]) }))
    case "min", "max":
      let given = try bound("case_sensitive", "attribute")
      var best: (value: Value, key: Value)?
      for element in try input.elements() {
        let key = try key(part(element, given[1]), given[0])
        guard let current = best else {
          best = (element, key)
          continue
        }
        let isBetter =
          try name == "min" ? key.isLess(than: current.key) : current.key.isLess(than: key)
        if isBetter { best = (element, key) }
      }
      return best?.value ?? .undefined("the \(name) of nothing")
    case "unique":
      let given = try bound("case_sensitive", "attribute")
      var seen: [Value] = []
      return .iterator(
        Iterator(
          try input.elements().filter { element in
            let key = try key(part(element, given[1]), given[0])
            defer { seen.append(key) }
            return !seen.contains { $0.equals(key) }
          }))
    default: return nil
    }
  }

  /// Texts are compared in small letters, unless it is said otherwise.
  private static func key(_ value: Value, _ isCaseSensitive: Value?) throws -> Value {
    guard isCaseSensitive?.isTrue != true, let text = value.string else { return value }
    return .string(PythonText.lowercased(text))
  }

  /// In order, equal ones as they came.
  private static func sorted(
    _ elements: [Value], isReversed: Bool, by key: (Value) throws -> Value
  ) throws -> [Value] {
    let keyed = try elements.enumerated().map { (place: $0, element: $1, key: try key($1)) }
    return try keyed.sorted { left, right in
      let (first, second) = isReversed ? (right, left) : (left, right)
      if try first.key.isLess(than: second.key) { return true }
      return try !second.key.isLess(than: first.key) && left.place < right.place
    }.map(\.element)
  }
}
