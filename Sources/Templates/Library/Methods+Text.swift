/// Methods of texts.
extension Methods {
  /// What takes texts apart.
  static func cutting(_ name: String, _ text: String, _ arguments: Arguments) throws -> Value? {
    func bound(_ parameters: String...) throws -> [Value?] {
      try arguments.bound(to: parameters, of: "the method '\(name)'")
    }
    func separator(_ given: Value?) throws -> String? {
      guard let given, !given.isNull else { return nil }
      let separator = try Optional(given).string("the separator")
      guard !separator.isEmpty else { throw TemplateError.Fault.value("the separator is empty") }
      return separator
    }
    switch name {
    case "strip", "lstrip", "rstrip":
      let given = try bound("chars")[0]
      let set = try given.flatMap { value in
        try value.isNull ? nil : Set(Optional(value).string("chars").unicodeScalars)
      }
      let stripped = PythonText.stripped(
        text.unicodeScalars[...], atStart: name != "rstrip", atEnd: name != "lstrip",
        where: { set?.contains($0) ?? PythonText.isSpace($0) })
      return .string(String(stripped))
    case "split":
      let given = try bound("sep", "maxsplit")
      let times = try given[1].integer("maxsplit", default: -1)
      let most = times < 0 ? Int.max : times
      let parts =
        try separator(given[0]).map { PythonText.split(text, by: $0, times: most) }
        ?? PythonText.words(text, times: most)
      return .list(parts.map(Value.string))
    case "rsplit":
      let given = try bound("sep", "maxsplit")
      let times = try given[1].integer("maxsplit", default: -1)
      guard let separator = try separator(given[0]) else { return nil }
      let parts = PythonText.split(text, by: separator)
      let joined = times < 0 ? 0 : max(0, parts.count - 1 - times)
      let first = parts[...joined].joined(separator: separator)
      return .list(([first] + parts[(joined + 1)...]).map(Value.string))
    case "partition", "rpartition":
      guard let separator = try separator(bound("sep")[0]) else { return nil }
      let parts = PythonText.split(text, by: separator)
      guard parts.count > 1 else {
        return .tuple((name == "partition" ? [text, "", ""] : ["", "", text]).map(Value.string))
      }
      let place = name == "partition" ? 1 : parts.count - 1
      return .tuple(
        [
          parts[..<place].joined(separator: separator), separator,
          parts[place...].joined(separator: separator),
        ].map(Value.string))
    case "splitlines":
      _ = try bound()
      return .list(PythonText.lines(text).map(Value.string))
    case "removeprefix", "removesuffix":
      let part = try bound("part")[0].string("the part")
      let has = name == "removeprefix" ? PythonText.hasPrefix : PythonText.hasSuffix
      guard has(text, part) else { return .string(text) }
      let count = part.utf8.count
      let rest = name == "removeprefix" ? text.utf8.dropFirst(count) : text.utf8.dropLast(count)
      return .string(String(decoding: rest, as: UTF8.self))
    default: return nil
    }
  }

  /// What looks for parts.
  static func searching(_ name: String, _ text: String, _ arguments: Arguments) throws -> Value? {
    func bound(_ parameters: String...) throws -> [Value?] {
      try arguments.bound(to: parameters, of: "the method '\(name)'")
    }
    switch name {
    case "startswith", "endswith":
      let given = try bound("part")[0]
      let parts: [Value]
      if case .tuple(let several)? = given {
        parts = several
      } else {
        parts = [.string(try given.string("the part"))]
      }
      let has = name == "startswith" ? PythonText.hasPrefix : PythonText.hasSuffix
      return .bool(try parts.contains { has(text, try Optional($0).string("the part")) })
    case "find", "rfind", "index", "rindex":
      let part = try bound("sub")[0].string("the part")
      let parts = part.isEmpty ? [text] : PythonText.split(text, by: part)
      guard parts.count > 1 || part.isEmpty else {
        if name.hasSuffix("find") { return .integer(-1) }
        throw TemplateError.Fault.value("the part is not in the text")
      }
      if part.isEmpty { return .integer(name.hasPrefix("r") ? text.unicodeScalars.count : 0) }
      return .integer(
        name.hasPrefix("r")
          ? lastPlace(of: part, in: text) : parts[0].unicodeScalars.count)
    case "count":
      let part = try bound("sub")[0].string("the part")
      return .integer(
        part.isEmpty
          ? text.unicodeScalars.count + 1 : PythonText.split(text, by: part).count - 1)
    default: return nil
    }
  }

  /// The last one may begin within one that a search from the front finds.
  private static func lastPlace(of part: String, in text: String) -> Int {
    let bytes = Array(text.utf8)
    let wanted = Array(part.utf8)
    var last = 0
    while let range = PythonText.firstRange(of: wanted, in: bytes, from: last + 1) {
      last = range.lowerBound
    }
    return String(decoding: bytes[..<last], as: UTF8.self).unicodeScalars.count
  }

  /// What spells texts otherwise, and asks how they are spelled.
  static func spelling(_ name: String, _ text: String, _ arguments: Arguments) throws -> Value? {
    func bound(_ parameters: String...) throws -> [Value?] {
      try arguments.bound(to: parameters, of: "the method '\(name)'")
    }
    let scalars = text.unicodeScalars
    switch name {
    case "replace":
      let given = try bound("old", "new", "count")
      let count = try given[2].integer("count", default: -1)
      return .string(
        PythonText.replaced(
          text, try given[0].string("old"), with: try given[1].string("new"),
          count: count < 0 ? .max : count))
    case "join":
      let given = try bound("parts")[0]
      guard let given else { throw TemplateError.Fault.value("join needs texts") }
      let parts = try given.elements().map { try Optional($0).string("what is joined") }
      return .string(parts.joined(separator: text))
    default: break
    }
    let isKnown = [
      "upper", "lower", "capitalize", "title", "isspace", "isupper", "islower", "isalpha",
      "isdigit",
      "isalnum",
    ].contains(name)
    guard isKnown else { return nil }
    _ = try bound()
    func all(_ holds: (Unicode.Scalar) -> Bool) -> Value {
      .bool(!scalars.isEmpty && scalars.allSatisfy(holds))
    }
    switch name {
    case "upper": return .string(PythonText.uppercased(text))
    case "lower": return .string(PythonText.lowercased(text))
    case "capitalize": return .string(PythonText.capitalized(text))
    case "title": return .string(PythonText.titled(text))
    case "isspace": return all(PythonText.isSpace)
    case "isupper": return .bool(hasCase(text, isLower: false))
    case "islower": return .bool(hasCase(text, isLower: true))
    case "isalpha": return all(isLetter)
    case "isdigit": return all(isDigit)
    default: return all { isLetter($0) || isDigit($0) || $0.properties.numericType != nil }
    }
  }

  /// Whether there are letters with a case, all of this one.
  static func hasCase(_ text: String, isLower: Bool) -> Bool {
    let cased = text.unicodeScalars.filter(\.properties.isCased)
    return !cased.isEmpty
      && cased.allSatisfy { isLower ? $0.properties.isLowercase : $0.properties.isUppercase }
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.numericType == .decimal || scalar.properties.numericType == .digit
  }
}
