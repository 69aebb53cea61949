import TesseraJSON

extension Field {
  /// Builds the pattern of a `Split` or a `Replace`: `{"String": …}` or `{"Regex": …}`.
  func pattern() throws -> any Pattern {
    try allowOnly("String", "Regex")
    if let literal = try optional("String") {
      guard try !literal.string().isEmpty else {
        throw literal.place.unsupported("an empty pattern")
      }
      return LiteralPattern(try literal.string())
    }
    let field = try required("Regex")
    let regex = try field.string()
    switch regex {
    case CLIPWordPattern.regex: return CLIPWordPattern()
    case GPT2WordPattern.regex: return GPT2WordPattern()
    case #"\s"#: return ScalarPattern(.whiteSpace)
    default:
      if let run = RunPattern(regex: regex) { return run }
      do {
        return try RegexPattern(regex)
      } catch .unsupported(let construct) {
        throw field.place.unsupported("\(construct) in the regular expression \"\(regex)\"")
      } catch .malformed(let reason) {
        throw field.place.inconsistent(
          "\(reason) in the regular expression \"\(regex)\"")
      }
    }
  }
}

extension RunPattern {
  /// Reads `\s` or one plain character, followed by `+` or `{n,}`.
  init?(regex: String) {
    var rest = Substring(regex)
    let scalar: ScalarValue?
    if rest.hasPrefix(#"\s"#) {
      scalar = nil
      rest.removeFirst(2)
    } else if let first = rest.unicodeScalars.first,
      !#".\+*?()|[]{}^$"#.unicodeScalars.contains(first)
    {
      scalar = first.value
      rest.unicodeScalars.removeFirst()
    } else {
      return nil
    }
    if rest == "+" {
      self.init(of: scalar, atLeast: 1)
    } else if rest.hasPrefix("{"), rest.hasSuffix(",}"),
      let minimum = Int(rest.dropFirst().dropLast(2)),
      minimum >= 1
    {
      self.init(of: scalar, atLeast: minimum)
    } else {
      return nil
    }
  }
}
