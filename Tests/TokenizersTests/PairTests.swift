import Foundation
import TesseraJSON
import TesseraTokenizers
import Testing

/// Two texts in one sequence, against the reference.
@Suite struct `Pairs` {
  @Test(arguments: ["visual-tiny-en", "visual-tiny-m3", "clip-tiny"])
  func `ids and types of pairs are the reference's`(folder: String) throws {
    let cases = try #require(readCases("pairs.json")["pairs"]?.array)
      .filter { $0["folder"]?.string == folder }
    #expect(cases.count == 80)
    let right = try Tokenizer(folder: caseURL(folder))
    let left = try read(cutting: "left", folder)
    for value in cases {
      let first = try #require(value["first"]?.string)
      let second = try #require(value["second"]?.string)
      let tokenizer = value["side"]?.string == "left" ? left : right
      func encode() throws -> Encoding {
        try tokenizer.encode(
          first, second, addSpecialTokens: value["special"]?.bool ?? true,
          maxLength: value["limit"]?.number.map { Int($0) },
          truncation: value["only_second"]?.bool == true ? .onlySecond : .longestFirst)
      }
      guard let ids = numbers(value["ids"]) else {
        #expect(throws: PairError.self) { try encode() }
        continue
      }
      let encoding = try encode()
      #expect(encoding.ids == ids, "\(jsonText(value))")
      #expect(encoding.typeIDs == numbers(value["types"]), "\(jsonText(value))")
    }
  }

  @Test func `every pair of small lengths is cut as the reference cuts it`() throws {
    let rows = try #require(readCases("pairs.json")["lengths"]?.array).compactMap(numbers)
    #expect(rows.count == 2600)
    let tokenizer = try tokenizer(
      tokenizerJSON(
        preTokenizer: #"{"type": "WhitespaceSplit"}"#,
        model: #"{"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "a": 1}}"#))
    for row in rows {
      let texts = row[2...3].map { String(repeating: "a ", count: $0) }
      let encoding = try? tokenizer.encode(
        texts[0], texts[1], maxLength: row[1], truncation: row[0] == 1 ? .onlySecond : .longestFirst
      )
      #expect((encoding?.texts.map(\.count) ?? [-1, -1]) == Array(row[4...]), "\(row)")
    }
  }

  @Test func `what was cut is told`() throws {
    let tokenizer = try Tokenizer(folder: caseURL("visual-tiny-en"))
    let counts = ["one two three", "four"].map {
      tokenizer.encode($0, addSpecialTokens: false).ids.count
    }
    let encoding = try tokenizer.encode("one two three", "four", maxLength: counts[1] + 5)
    #expect(encoding.textCounts == counts)
    #expect(encoding.texts == [1..<3, 4..<4 + counts[1]])
    #expect(encoding.totalCount == counts[0] + counts[1] + 3)
    #expect(encoding.isTruncated)
    #expect(tokenizer.pairSpecialTokenCount == 3)
  }

  @Test func `one text is cut on the side that the files name`() throws {
    let left = try read(cutting: "left", "visual-tiny-en")
    let right = try Tokenizer(folder: caseURL("visual-tiny-en"))
    let ids = right.encode("one two three").ids
    #expect(left.encode("one two three", maxLength: 4).ids == [ids[0]] + ids.suffix(3))
    #expect(
      right.encode("one two three", maxLength: 4).ids == Array(ids.prefix(3)) + [ids[ids.count - 1]]
    )
    let reading = left.encodeWords("one two three", maxLength: 4)
    #expect(reading.keptTokens == ids.count - 3..<ids.count - 1)
    #expect(reading.textTokens == 1..<ids.count - 1)
    let file = try tokenizer(
      tokenizerJSON().replacing(
        #""truncation": null"#,
        with: #""truncation": {"direction": "Left", "max_length": 2, "strategy": "LongestFirst"}"#))
    #expect(file.encode("ab", maxLength: 1).ids == [2])
  }

  @Test func `a template without a place for two texts is refused when asked for them`() throws {
    let tokenizer = try tokenizer(
      tokenizerJSON(
        postProcessor: """
          {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {}}
          """))
    #expect(tokenizer.encode("ab").ids == [1, 2])
    #expect(throws: PairError.noTemplate(file: "tokenizer.json")) { try tokenizer.encode("a", "b") }
  }

  private func read(cutting side: String, _ name: String) throws -> Tokenizer {
    let folder = try TemporaryFolder()
    try folder.write(
      String(contentsOf: caseURL("\(name)/tokenizer.json"), encoding: .utf8), to: "tokenizer.json")
    try folder.write(#"{"truncation_side": "\#(side)"}"#, to: "tokenizer_config.json")
    return try Tokenizer(folder: folder.url)
  }

  private func numbers(_ value: JSONValue?) -> [Int]? {
    value?.array?.compactMap { $0.number.map { Int($0) } }
  }
}
