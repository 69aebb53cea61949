import TesseraJSON
import TesseraTokenizers
import Testing

/// The way back from ids to text, against the reference; at once, and token by token.
@Suite struct `Decoding` {
  @Test func `every decoder gives the reference's text`() throws {
    let decoders = try #require(readCases("decoding.json")["small"]?.array)
    #expect(decoders.count == 12)
    for value in decoders {
      let file = jsonText(try #require(value["tokenizer"]))
      try check(try #require(value["cases"]?.array), tokenizer(file))
    }
  }

  @Test func `whole tokenizers go there and back as the reference does`() throws {
    for value in try #require(readCases("decoding.json")["whole"]?.array) {
      let folder = try #require(value["folder"]?.string)
      try check(try #require(value["cases"]?.array), Tokenizer(folder: caseURL(folder)))
    }
  }

  @Test func `a stream never cuts a character`() throws {
    let clip = try Tokenizer(folder: caseURL("clip-tiny"))
    let ids = clip.encode("👩‍👧 中文 e\u{301}", addSpecialTokens: false).ids
    var stream = clip.textStream()
    let parts = ids.map { stream.append($0) }
    #expect(parts.contains(""))
    #expect(!parts.joined().unicodeScalars.contains("\u{FFFD}"))
    #expect(parts.joined() + stream.finish() == clip.decode(ids))
    // Half a character is held back to the end.
    var half = clip.textStream()
    #expect(half.append(ids[0]) == "")
    #expect(half.finish() == clip.decode([ids[0]]))
  }

  @Test func `a decoder that is not known is refused by its name`() throws {
    let json = tokenizerJSON().replacing(#""decoder": null"#, with: #""decoder": {"type": "CTC"}"#)
    let error = #expect(throws: FieldError.self) { try tokenizer(json) }
    #expect("\(try #require(error))".contains("CTC"))
  }

  private func check(_ cases: [JSONValue], _ tokenizer: Tokenizer) throws {
    #expect(!cases.isEmpty)
    for value in cases {
      let parts = try #require(value.array)
      let ids = try #require(parts[0].array).map { Int(try #require($0.number)) }
      let skips = try #require(parts[1].bool)
      let text = try #require(parts[2].string)
      #expect(tokenizer.decode(ids, skippingSpecialTokens: skips) == text, "\(ids)")
      var stream = tokenizer.textStream(skippingSpecialTokens: skips)
      let streamed = ids.map { stream.append($0) }.joined() + stream.finish()
      #expect(Array(streamed.utf8) == Array(text.utf8), "\(ids)")
    }
  }
}
