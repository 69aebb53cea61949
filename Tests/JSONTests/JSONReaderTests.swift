import JSON
import Testing

@Suite struct JSONReaderTests {
  private func value(_ text: String) throws -> JSONValue {
    try JSONReader.read(text) { json in try json.readValue() }
  }

  @Test(arguments: [
    "0", "-0.0", "1", "-9.123456789012345", "1e-7", "123456789012345678", "9007199254740993",
    "2.5E+3", "1e300", "5e-324", "0.1", "-12.0349",
  ])
  func `numbers are read to the last digit`(text: String) throws {
    #expect(try JSONReader.read(text) { try $0.readDouble() } == Double(text))
  }

  @Test(arguments: ["01", "-", "1.", ".5", "1e", "+1", "0x1", "NaN", "1e999", "--1"])
  func `what JSON does not call a number is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSONReader.read(text) { try $0.readDouble() } }
  }

  @Test func `whole numbers are whole and fit`() throws {
    #expect(try JSONReader.read("-9223372036854775808") { try $0.readInt() } == Int.min)
    for text in ["1.5", "1.0", "1e2", "9223372036854775808"] {
      #expect(throws: JSONError(offset: 0, reason: .notAWholeNumber)) {
        try JSONReader.read(text) { try $0.readInt() }
      }
    }
  }

  @Test func `escapes become what they stand for`() throws {
    #expect(
      try value(#""a\"\\\/\b\f\n\r\tz\u00e9\u9cb8\ud83d\udc33""#)
        == .string("a\"\\/\u{8}\u{C}\n\r\tzé鲸🐳"))
    #expect(try value("\"鲸鱼\"") == .string("鲸鱼"))
  }

  @Test(arguments: [
    #""\ud83d""#, #""\ud83dx""#, #""\udc33""#, #""\u12g4""#, #""\x""#, "\"a\nb\"", "\"a", #""\"#,
    #""\u12"#,
  ])
  func `broken strings are refused`(text: String) {
    #expect(throws: JSONError.self) { try value(text) }
  }

  @Test func `invalid UTF-8 is refused where it stands`() {
    let bytes: [UInt8] = Array("[\"a".utf8) + [0xFF] + Array("\"]".utf8)
    #expect(throws: JSONError(offset: 2, reason: .invalidUTF8)) {
      try bytes.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
    }
  }

  @Test func `objects keep their order and their repetitions`() throws {
    var keys: [String] = []
    try JSONReader.read(#"{"b": 1, "a": [true, null], "b": {}}"#) { json in
      try json.readObject { key, json in
        keys.append(key)
        try json.skipValue()
      }
    }
    #expect(keys == ["b", "a", "b"])
    #expect(try value(#"{"b":1,"a":[true,null]}"#)["a"] == .array([.bool(true), .null]))
  }

  @Test func `a value can be passed on as it stands`() throws {
    let text = try JSONReader.read(#"  {"a" : [1.50, "é"]} "#) { try $0.readVerbatim() }
    #expect(text == #"{"a" : [1.50, "é"]}"#)
  }

  @Test(arguments: [
    "", " ", "{", "[1,]", "[1 2]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{1:2}", "[]]", "tru",
    "nul",
    "[1],", "'a'",
  ])
  func `malformed text is refused`(text: String) {
    #expect(throws: JSONError.self) { try value(text) }
  }

  @Test func `deep nesting is refused before the stack is used up`() {
    let text = String(repeating: "[", count: 1_000_000)
    #expect(
      throws: JSONError(
        offset: JSONReader.maximumDepth + 1,
        reason: .nestedTooDeeply(limit: JSONReader.maximumDepth))
    ) { try value(text) }
    #expect(throws: JSONError.self) { try JSONReader.read(text) { try $0.skipValue() } }
  }

  @Test func `messages say where and what`() {
    #expect(throws: JSONError.self) { try value("[1;2]") }
    let error = #expect(throws: JSONError.self) { try value("[1;2]") }
    #expect(error?.description == "invalid JSON at byte 2: expected ',' or ']', found ';'")
  }
}
