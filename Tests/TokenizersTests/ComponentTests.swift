import TesseraJSON
import TesseraTokenizers
import Testing

/// Each normalizer and pre-tokenizer on its own, against what the reference makes of the same texts.
///
/// Text and cuts show in the ids of a BPE model without merges: each character is a token, and the
/// last of a piece another one.
@Suite struct `Components` {
  private static let pieceEnd = "\u{10FFFD}"

  @Test func `every component cuts and rewrites as the reference does`() throws {
    let cases = try readCases("components.json")
    let texts = try #require(cases["texts"]?.array).map { try #require($0.string) }
    let components = try #require(cases["components"]?.array)
    #expect(components.count >= 100)
    for component in components {
      try check(component, texts)
    }
  }

  private func check(_ value: JSONValue, _ texts: [String]) throws {
    let kind = try #require(value["kind"]?.string)
    let component = jsonText(try #require(value["component"]))
    let expected = try #require(value["pieces"]?.array).map { pieces in
      try #require(pieces.array).map { try #require($0.string) }
    }
    #expect(expected.count == texts.count)
    let model = characterModel(expected.joined())
    let tokenizer = try tokenizer(
      kind == "normalizer"
        ? tokenizerJSON(normalizer: component, model: model)
        : tokenizerJSON(preTokenizer: component, model: model))
    for (text, pieces) in zip(texts, expected) {
      #expect(
        pieces.map { Array($0.unicodeScalars) } == cut(text, by: tokenizer),
        "\(component) of \(text.debugDescription)")
    }
  }

  private func characterModel(_ pieces: some Sequence<String>) -> String {
    let scalars = Set(pieces.joined().unicodeScalars)
    var vocabulary: [JSONValue.Member] = []
    for spelling in scalars.flatMap({ [String($0), String($0) + Self.pieceEnd] }) {
      vocabulary.append(.init(key: spelling, value: .number(Double(vocabulary.count))))
    }
    return """
      {"type": "BPE", "vocab": \(jsonText(.object(vocabulary))), "merges": [],
       "end_of_word_suffix": "\(Self.pieceEnd)"}
      """
  }

  private func cut(_ text: String, by tokenizer: Tokenizer) -> [[Unicode.Scalar]] {
    let encoding = tokenizer.encode(text)
    // A character that no expected piece has would be left out by the model.
    #expect(encoding.unknownText.count == 0, "\(encoding.unknownText)")
    let scalars = encoding.ids.flatMap { Array((tokenizer.token($0) ?? "").unicodeScalars) }
    return scalars.split(separator: "\u{10FFFD}" as Unicode.Scalar).map(Array.init)
  }
}

/// Whole small tokenizers: the options of the models, and the flags of added tokens.
@Suite struct `Pipelines` {
  @Test func `models and added tokens follow the reference`() throws {
    let pipelines = try #require(readCases("pipelines.json").array)
    #expect(pipelines.count == 10)
    for pipeline in pipelines {
      let name = try #require(pipeline["name"]?.string)
      let tokenizer = try tokenizer(jsonText(try #require(pipeline["tokenizer"])))
      for golden in try #require(pipeline["cases"]?.array).map(GoldenCase.init) {
        #expect(
          tokenizer.encode(golden.text).ids == golden.ids,
          "\(name): \(golden.text.debugDescription)")
      }
    }
  }
}
