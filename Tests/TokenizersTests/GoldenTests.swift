import TesseraTokenizers
import Testing

/// The reference's ids for 466 texts a tokenizer: written edge cases, and random strings over 23
/// scripts.
@Suite struct `Goldens` {
  @Test(arguments: [
    ("visual-tiny-en", "wordpiece.jsonl"), ("visual-tiny-m3", "unigram.jsonl"),
    ("clip-tiny", "clip-bpe.jsonl"),
  ])
  func `every text has the reference's ids`(folder: String, goldens: String) throws {
    let tokenizer = try Tokenizer(folder: caseURL(folder))
    let cases = try readGoldens(goldens)
    #expect(cases.count == 466)
    for golden in cases {
      #expect(tokenizer.encode(golden.text).ids == golden.ids, "\(golden.text.debugDescription)")
    }
  }

  @Test(arguments: [
    ("visual-tiny-en", ["vocab.txt"], "wordpiece.jsonl"),
    ("clip-tiny", ["vocab.json", "merges.txt"], "clip-bpe.jsonl"),
  ])
  func `the older layouts give the same ids`(
    folder: String, files: [String], goldens: String
  ) throws {
    let older = try TemporaryFolder()
    for file in files + ["tokenizer_config.json", "special_tokens_map.json"] {
      try older.write(String(contentsOf: caseURL("\(folder)/\(file)"), encoding: .utf8), to: file)
    }
    let tokenizer = try Tokenizer(folder: older.url)
    for golden in try readGoldens(goldens) {
      #expect(tokenizer.encode(golden.text).ids == golden.ids, "\(golden.text.debugDescription)")
    }
  }

  @Test(arguments: ["wordpiece", "clip"])
  func `worked figures come out with the published ids`(name: String) throws {
    let tokenizer = try Tokenizer(file: caseURL("figures/\(name).json"))
    let figures = try #require(readCases("figures/figures.json")[name]?.array)
    #expect(figures.count >= 6)
    for figure in try figures.map(GoldenCase.init) {
      #expect(
        tokenizer.encode(figure.text, addSpecialTokens: false).ids == figure.ids,
        "\(figure.text.debugDescription)")
    }
  }

  @Test func `worked figures of XLM-R come out as the published pieces`() throws {
    let tokenizer = try Tokenizer(file: caseURL("figures/unigram.json"))
    let figures = try #require(readCases("figures/figures.json")["unigram"]?.array)
    #expect(figures.count == 17)
    for figure in figures {
      let text = try #require(figure["text"]?.string)
      let tokens = tokenizer.encode(text, addSpecialTokens: false).ids.map(tokenizer.token)
      #expect(tokens == figure["tokens"]?.array?.map(\.string), "\(text.debugDescription)")
    }
  }
}
