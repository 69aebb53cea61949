import TesseraJSON
import TesseraTestSupport
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

  /// `Double`'s own reading of a text is the standard's, and to the last bit.
  @Test func `numbers of every length are the nearest doubles`() throws {
    var random = SplitMix64(seed: 1)
    for digits in 1...22 {
      for _ in 0..<2000 {
        var text = String(
          (0..<digits).map { _ in "0123456789".randomElement(using: &random) ?? "0" })
        let point = Int.random(in: 1...digits, using: &random)
        if text.hasPrefix("0") { text = "1" + text.dropFirst() }
        if point < digits { text = text.prefix(point) + "." + text.dropFirst(point) }
        if Bool.random(using: &random) { text += "e\(Int.random(in: -30...30, using: &random))" }
        #expect(try JSONReader.read(text) { try $0.readDouble() } == Double(text), "\(text)")
      }
    }
  }

  /// Ties, where a half is rounded to the even neighbour, and their neighbours.
  @Test(arguments: [
    "9007199254740993.0", "9007199254740993.1", "900719925474099.25", "18014398509481990.0",
    "18446744073709551614", "18446744073709551615", "18446744073709551616",
    "1844674407370955161.5", "0.18446744073709551615", "1.0000000000000000000",
    "0.0000000000000000001", "0.00000000000000000000", "-0.000",
  ])
  func `halves are rounded to even`(text: String) throws {
    let value = try JSONReader.read(text) { try $0.readDouble() }
    #expect(value.bitPattern == Double(text)?.bitPattern)
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

  /// All short sequences of bytes that matter to UTF-8, as the standard library judges them.
  @Test func `strings are valid UTF-8 or refused`() {
    let leads: [UInt8] = [
      0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0,
      0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]
    let next: [UInt8] = [0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xE9]
    for first in leads {
      for second in next {
        for third in next {
          for fourth in next {
            for length in 1...4 {
              let bytes = Array([first, second, third, fourth].prefix(length))
              let quoted = [0x22] + bytes + [0x22]
              let read = quoted.withUnsafeBytes { text in
                try? JSONReader.read(text) { try $0.readString() }
              }
              guard read != String(validating: bytes, as: UTF8.self) else { continue }
              Issue.record("\(bytes): \(read.debugDescription)")
            }
          }
        }
      }
    }
  }

  @Test func `a string's bytes are appended as they are meant`() throws {
    var bytes = Array("a".utf8)
    try JSONReader.read(#"["鲸", "\u9cb8\n", ""]"#) { json in
      try json.readArray { try $0.readString(appendingTo: &bytes) }
    }
    #expect(String(decoding: bytes, as: UTF8.self) == "a鲸鲸\n")
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
