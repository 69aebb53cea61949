import TesseraJSON
import TesseraTokenizers
import Testing

/// What the small engine refuses; what it matches is in components.json, against the reference.
@Suite struct `Regular expressions` {
  @Test(arguments: [
    (#"(a)\1"#, #"\1"#), (#"\p{Greek}"#, "Greek"), (#"(?<name>a)"#, "(?<n"),
    (#"a*"#, "nothing"), (#"(?:a?)+b"#, "may be empty"), (#"(?s)."#, "(?s)"),
    (#"[[:alpha:]]"#, "[:alpha:]"),
    (#"a{2}?b"#, "lazy"), (#"a+*"#, "quantifier of a quantifier"), (#"(?i:é)"#, "beyond ASCII"),
    (#"(?i:stra)"#, "\"st\""), (#"(?<=ab)c"#, "look behind"), (#"a{b"#, "{"), (#"\R"#, #"\R"#),
    (#"a(?i)b"#, "(?i"), (#"(?i:\p{Lu})"#, "Lu"), (#"a{1,2000}"#, "1000"),
  ])
  func `a construct that is not known is refused by its name`(regex: String, name: String) throws {
    #expect(try message(regex).contains(name))
  }

  @Test(arguments: ["(a", "a)", "[a", "[]", "*a", #"a\"#, "[b-a]", #"\p{L"#, #"\x{110000}"#, "a|*"])
  func `a damaged expression is refused`(regex: String) throws {
    #expect(try message(regex).contains("regular expression"))
  }

  @Test func `a run of a million characters is matched without recursion`() throws {
    let tokenizer = try tokenizer(
      tokenizerJSON(preTokenizer: split(#"(?:a|b)+c|\s*[\r\n]+|\s+(?!\S)|\s+|[^\s]+"#)))
    let spaces = String(repeating: " ", count: 1_000_000)
    #expect(tokenizer.encode(spaces + "c").ids.last == 3)
    #expect(tokenizer.encode(String(repeating: "ab", count: 500_000)).ids == [0])
  }

  private func message(_ regex: String) throws -> String {
    let json = tokenizerJSON(preTokenizer: split(regex))
    return "\(try #require(throws: FieldError.self) { try tokenizer(json) })"
  }

  private func split(_ regex: String) -> String {
    let pattern = jsonText(.string(regex))
    return
      #"{"type": "Split", "pattern": {"Regex": \#(pattern)}, "behavior": "Isolated", "invert": false}"#
  }
}
