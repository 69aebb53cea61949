/// Methods of values: Python's, of which those that change a value are refused, as in transformers.
enum Methods {
  /// What a value of this kind has in Python, whether it is known here or not.
  static func names(of value: Value) -> Set<String> {
    switch value {
    case .string: strings
    case .mapping: mappings
    case .list: lists
    case .tuple: ["count", "index"]
    default: []
    }
  }

  private static let strings: Set = [
    "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find",
    "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
    "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join",
    "ljust", "lower", "lstrip", "maketrans", "partition", "removeprefix", "removesuffix", "replace",
    "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines",
    "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill",
  ]
  private static let mappings: Set = [
    "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update",
    "values",
  ]
  private static let lists: Set = [
    "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse",
    "sort",
  ]

  /// - Throws: `TemplateError.Fault`.
  static func call(_ name: String, of owner: Value, _ arguments: Arguments) throws -> Value {
    let result: Value? =
      switch owner {
      case .string(let text):
        try cutting(name, text, arguments) ?? searching(name, text, arguments)
          ?? spelling(name, text, arguments)
      case .mapping(let entries): try mapping(name, entries, arguments)
      case .list(let elements): try list(name, elements, arguments)
      case .tuple(let elements): try list(name, elements, arguments)
      case .loop(let state): try loop(name, state, arguments)
      default: nil
      }
    guard let result else {
      throw TemplateError.Fault.unsupported("the method '\(name)' of \(owner.kind)")
    }
    return result
  }

  private static func mapping(
    _ name: String, _ entries: [Value.Entry], _ arguments: Arguments
  ) throws -> Value? {
    func bound(_ parameters: String...) throws -> [Value?] {
      try arguments.bound(to: parameters, of: "the method '\(name)'")
    }
    switch name {
    case "get":
      let given = try bound("key", "default")
      guard let key = given[0] else { throw TemplateError.Fault.value("get needs a key") }
      return entries.value(of: key) ?? given[1] ?? .null
    case "keys":
      _ = try bound()
      return .list(entries.map(\.key))
    case "values":
      _ = try bound()
      return .list(entries.map(\.value))
    case "items":
      _ = try bound()
      return .list(entries.map { .tuple([$0.key, $0.value]) })
    case "copy":
      _ = try bound()
      return .mapping(entries)
    default: return nil
    }
  }

  private static func list(
    _ name: String, _ elements: [Value], _ arguments: Arguments
  ) throws -> Value? {
    guard name == "count" || name == "index" else { return nil }
    let given = try arguments.bound(to: ["value"], of: "the method '\(name)'")[0]
    guard let value = given else { throw TemplateError.Fault.value("\(name) needs a value") }
    if name == "count" { return .integer(elements.count { $0.equals(value) }) }
    guard let place = elements.firstIndex(where: { $0.equals(value) }) else {
      throw TemplateError.Fault.value("the value is not in the list")
    }
    return .integer(place)
  }

  private static func loop(
    _ name: String, _ state: LoopState, _ arguments: Arguments
  ) throws -> Value? {
    guard arguments.named.isEmpty else { return nil }
    switch name {
    case "cycle":
      guard !arguments.positional.isEmpty else {
        throw TemplateError.Fault.value("cycle needs values")
      }
      return arguments.positional[state.index % arguments.positional.count]
    case "changed":
      let values = arguments.positional
      let isSame =
        state.compared.map { last in
          last.count == values.count && zip(last, values).allSatisfy { $0.equals($1) }
        } ?? false
      state.compared = values
      return .bool(!isSame)
    default: return nil
    }
  }
}
