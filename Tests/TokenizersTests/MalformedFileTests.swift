import Foundation
import TesseraJSON
import TesseraTokenizers
import Testing

/// Files that must be refused, each with an error that names the place.
@Suite struct `Malformed files` {
  private struct Malformation {
    let json: String
    /// What the message must name.
    let naming: String
  }

  private static let bpe = #"{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": "#
  private static let token =
    #""single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true"#

  private static let malformations = [
    Malformation(json: "", naming: "tokenizer.json"),
    Malformation(json: "[]", naming: "object"),
    Malformation(json: "{}", naming: "model is missing"),
    Malformation(json: tokenizerJSON() + "x", naming: "byte"),
    Malformation(json: String(repeating: "[", count: 100_000), naming: "object"),
    Malformation(
      json: tokenizerJSON(
        normalizer: String(repeating: #"{"type": "Sequence", "normalizers": ["#, count: 5000)),
      naming: "deep"),
    Malformation(json: tokenizerJSON(more: #", "surprise": 1"#), naming: "surprise"),
    Malformation(
      json: tokenizerJSON().replacing(#""1.0""#, with: #""2.0""#), naming: #"version "2.0""#),

    Malformation(
      json: tokenizerJSON(more: #", "model": {"vocab": {}}"#), naming: "model: stands twice"),
    Malformation(json: tokenizerJSON(more: #", "decoder": 1, "normalizer": 1"#), naming: "twice"),

    // Components.
    Malformation(json: tokenizerJSON(normalizer: "7"), naming: "normalizer"),
    Malformation(json: tokenizerJSON(normalizer: "{}"), naming: "normalizer.type"),
    Malformation(json: tokenizerJSON(normalizer: #"{"type": "Magic"}"#), naming: "Magic"),
    Malformation(
      json: tokenizerJSON(normalizer: #"{"type": "NFC", "strength": 2}"#),
      naming: "normalizer.strength"),
    Malformation(
      json: tokenizerJSON(
        normalizer: #"{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "X"}]}"#),
      naming: "normalizer.normalizers[1]"),
    Malformation(
      json: tokenizerJSON(
        normalizer: #"{"type": "Replace", "pattern": {"Regex": "a|b*"}, "content": ""}"#),
      naming: "a|b*"),
    Malformation(
      json: tokenizerJSON(
        normalizer: #"{"type": "Replace", "pattern": {"String": ""}, "content": ""}"#),
      naming: "empty"),
    Malformation(
      json: tokenizerJSON(
        normalizer: #"{"type": "Precompiled", "precompiled_charsmap": "no base64!"}"#),
      naming: "base64"),
    Malformation(
      json: tokenizerJSON(
        normalizer: #"{"type": "Precompiled", "precompiled_charsmap": "////fw=="}"#),
      naming: "precompiled_charsmap"),
    Malformation(
      json: tokenizerJSON(
        normalizer: """
          {"type": "BertNormalizer", "clean_text": 1, "handle_chinese_chars": true,
           "strip_accents": null, "lowercase": true}
          """), naming: "normalizer.clean_text"),
    Malformation(json: tokenizerJSON(preTokenizer: #"{"type": "Magic"}"#), naming: "Magic"),
    Malformation(
      json: tokenizerJSON(preTokenizer: #"{"type": "Metaspace", "replacement": "ab"}"#),
      naming: "one character"),
    Malformation(
      json: tokenizerJSON(
        preTokenizer:
          #"{"type": "Split", "pattern": {"Regex": "(?x)x"}, "behavior": "Isolated", "invert": false}"#
      ), naming: "(?x)x"),
    Malformation(
      json: tokenizerJSON(
        preTokenizer:
          #"{"type": "Split", "pattern": {"String": "x"}, "behavior": "Odd", "invert": false}"#),
      naming: "pre_tokenizer.behavior"),
    Malformation(json: tokenizerJSON(postProcessor: #"{"type": "Magic"}"#), naming: "Magic"),
    Malformation(
      json: tokenizerJSON(
        postProcessor: #"{"type": "BertProcessing", "sep": ["x", 99], "cls": ["a", 1]}"#),
      naming: "99"),
    Malformation(
      json: tokenizerJSON(
        postProcessor: #"{"type": "BertProcessing", "sep": ["x", -1], "cls": ["a", 1]}"#),
      naming: "post_processor.sep[1]"),
    Malformation(
      json: tokenizerJSON(
        postProcessor: """
          {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {}}
          """), naming: "[X]"),
    Malformation(
      json: tokenizerJSON(
        postProcessor: """
          {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B", "type_id": 0}}],
           "pair": [], "special_tokens": {}}
          """), naming: "single[0]"),
    Malformation(
      json: tokenizerJSON(
        postProcessor: """
          {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {}}
          """), naming: "once"),

    // Models.
    Malformation(json: tokenizerJSON(model: "{}"), naming: "model.vocab"),
    Malformation(json: tokenizerJSON(model: #"{"type": "Magic", "vocab": {}}"#), naming: "Magic"),
    Malformation(json: tokenizerJSON(model: #"{"vocab": {"a": 0}}"#), naming: "model.type"),
    Malformation(
      json: tokenizerJSON(model: wordPieceModel.replacing("\"a\": 1", with: "\"a\": 2")),
      naming: "id 2"),
    Malformation(
      json: tokenizerJSON(model: wordPieceModel.replacing("\"a\": 1", with: "\"c\": 1")),
      naming: "\"c\""),
    Malformation(
      json: tokenizerJSON(model: wordPieceModel.replacing("\"a\": 1", with: "\"a\": -1")),
      naming: "-1"),
    Malformation(
      json: tokenizerJSON(model: wordPieceModel.replacing("\"a\": 1", with: "\"a\": 4294967296")),
      naming: "4294967296"),
    Malformation(
      json: tokenizerJSON(
        model: wordPieceModel.replacing("\"a\": 1", with: "\"a\": 99999999999999999999")),
      naming: "byte"),
    Malformation(
      json: tokenizerJSON(model: wordPieceModel.replacing("\"a\": 1", with: "\"a\": \"1\"")),
      naming: "a number"),
    Malformation(
      json: tokenizerJSON(model: wordPieceModel.replacing("[UNK]\",", with: "[X]\",")),
      naming: "[X]"),
    Malformation(
      json: tokenizerJSON(model: wordPieceModel.replacing("100", with: "1.5")),
      naming: "max_input_chars_per_word"),
    Malformation(
      json: tokenizerJSON(model: #"{"type": "Unigram", "unk_id": 5, "vocab": [["a", 0.5]]}"#),
      naming: "unk_id"),
    Malformation(
      json: tokenizerJSON(model: #"{"type": "Unigram", "unk_id": null, "vocab": [["a", 0.5]]}"#),
      naming: "unk_id"),
    Malformation(
      json: tokenizerJSON(model: #"{"type": "Unigram", "unk_id": 0, "vocab": [["a"]]}"#),
      naming: "score"),
    Malformation(
      json: tokenizerJSON(model: #"{"type": "Unigram", "unk_id": 0, "vocab": [["a", 1, 2]]}"#),
      naming: "score"),
    Malformation(
      json: tokenizerJSON(model: #"{"type": "Unigram", "unk_id": 0, "vocab": {"a": 1}}"#),
      naming: "model.vocab"),
    Malformation(json: tokenizerJSON(model: bpe + #"["a"]}"#), naming: "model.merges[0]"),
    Malformation(json: tokenizerJSON(model: bpe + #"[["a", "b", "c"]]}"#), naming: "merges[0]"),
    Malformation(json: tokenizerJSON(model: bpe + #"["b a"]}"#), naming: "\"ba\""),
    Malformation(json: tokenizerJSON(model: bpe + #"["a b"], "dropout": 0.1}"#), naming: "dropout"),

    // Added tokens.
    Malformation(json: tokenizerJSON(addedTokens: "{}"), naming: "added_tokens"),
    Malformation(
      json: tokenizerJSON(addedTokens: #"[{"id": 4, "content": "x"}]"#),
      naming: "added_tokens[0].single_word"),
    Malformation(
      json: tokenizerJSON(addedTokens: #"[{"id": 2, "content": "a", \#(token)}]"#), naming: "\"a\""
    ),
    Malformation(
      json: tokenizerJSON(addedTokens: #"[{"id": 9, "content": "x", \#(token)}]"#), naming: "9"),
    Malformation(
      json: tokenizerJSON(addedTokens: #"[{"id": 4, "content": "", \#(token)}]"#), naming: "empty"),
    Malformation(
      json: tokenizerJSON(
        addedTokens:
          #"[{"id": 4, "content": "x", \#(token)}, {"id": 4, "content": "x", \#(token)}]"#),
      naming: "twice"),
  ]

  @Test(arguments: malformations.indices)
  func `is refused by name`(index: Int) throws {
    let malformation = Self.malformations[index]
    let error = #expect(throws: FieldError.self) { try tokenizer(malformation.json) }
    let message = "\(try #require(error))"
    #expect(message.contains(malformation.naming), "\(message)")
    #expect(!message.contains("\n"))
  }

  @Test func `a file that ends early is refused wherever it ends`() throws {
    let whole = try Array(Data(contentsOf: caseURL("clip-tiny/tokenizer.json")))
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "tokenizer.json")
    for end in stride(from: 0, to: whole.count, by: 1009) {
      try Data(whole[..<end]).write(to: file)
      #expect(throws: FieldError.self) { try Tokenizer(file: file) }
    }
  }

  @Test func `damage is refused or survived`() throws {
    let whole = try Array(Data(contentsOf: caseURL("figures/wordpiece.json")))
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "tokenizer.json")
    var state: UInt64 = 1
    for _ in 0..<500 {
      var damaged = whole
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let place = Int((state >> 33) % UInt64(damaged.count))
        damaged[place] = UInt8(truncatingIfNeeded: state >> 25)
      }
      try Data(damaged).write(to: file)
      do {
        _ = try Tokenizer(file: file).encode("Hello, [MASK] \u{301}world")
      } catch is FieldError {
        // As it should.
      }
    }
  }

  @Test func `a damaged map of characters never reads outside itself`() throws {
    // A trie of one unit that leads everywhere, and a replacement that is cut.
    var state: UInt64 = 7
    for _ in 0..<300 {
      var bytes: [UInt8] = [64, 0, 0, 0]
      for _ in 0..<64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(UInt8(truncatingIfNeeded: state >> 40))
      }
      bytes += Array("\u{E9}\0x".utf8)
      let map = Data(bytes).base64EncodedString()
      let tokenizer = try tokenizer(
        tokenizerJSON(normalizer: #"{"type": "Precompiled", "precompiled_charsmap": "\#(map)"}"#))
      _ = tokenizer.encode("abc \u{E9}\u{301} \u{9CB8}")
    }
  }
}
