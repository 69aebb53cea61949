import Foundation
import TesseraJSON
import TesseraTokenizers
import Testing

/// What stands beside tokenizer.json, laid over it as transformers does.
@Suite struct `Overlays` {
  @Test func `ids follow the configuration as the reference's do`() throws {
    let document = try readCases("overlay.json")
    let texts = try #require(document["texts"]?.array).map { try #require($0.string) }
    let cases = try #require(document["folders"]?.array)
    #expect(cases.count == 49)
    for value in cases {
      let name = try #require(value["base"]?.string)
      let base = try #require(document["bases"]?[name])
      guard case .object(let files)? = value["files"] else { continue }
      let folder = try TemporaryFolder()
      try folder.write(jsonText(base), to: "tokenizer.json")
      for file in files { try folder.write(jsonText(file.value), to: file.key) }
      let tokenizer = try Tokenizer(folder: folder.url)
      #expect(tokenizer.notes.isEmpty)
      for (index, ids) in try #require(value["ids"]?.array).enumerated() {
        let expected = try #require(ids.array).map { $0.array?.map { Int($0.number ?? -1) } }
        let text = texts[index]
        let next = texts[(index + 1) % texts.count]
        #expect(tokenizer.encode(text).ids == expected[0], "\(jsonText(.object(files))) \(text)")
        #expect(
          try tokenizer.encode(text, next).ids == expected[1],
          "\(jsonText(.object(files))) \(text) + \(next)")
      }
    }
  }

  @Test func `a switch that is absent leaves Llama's template as the file has it`() throws {
    let base = try #require(readCases("overlay.json")["bases"]?["byte-fallback"])
    let folder = try TemporaryFolder()
    try folder.write(jsonText(base), to: "tokenizer.json")
    try folder.write(
      #"{"tokenizer_class": "LlamaTokenizer", "add_eos_token": true}"#, to: "tokenizer_config.json")
    let tokenizer = try Tokenizer(folder: folder.url)
    #expect(tokenizer.encode("").ids == [1, 2])
  }

  @Test(arguments: [
    (#"{"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": false}"#, "byte-level"),
    (#"{"add_bos_token": false, "bos_token": "<s>"}"#, "byte-fallback"),
    (#"{"tokenizer_class": "OddTokenizer", "do_lower_case": true}"#, "wordpiece"),
    (#"{"src_lang": "de"}"#, "wordpiece"), (#"{"truncation_side": "both"}"#, "wordpiece"),
    (
      #"{"added_tokens_decoder": {"999": {"content": "<new>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}}}"#,
      "wordpiece"
    ),
  ])
  func `what cannot be followed is refused by the field's name`(config: String, base: String) throws
  {
    let folder = try TemporaryFolder()
    let file = try #require(readCases("overlay.json")["bases"]?[base])
    try folder.write(jsonText(file), to: "tokenizer.json")
    try folder.write(config, to: "tokenizer_config.json")
    let error = #expect(throws: FieldError.self) { try Tokenizer(folder: folder.url) }
    guard case .object(let members) = try JSONReader.read(config, { try $0.readValue() }) else {
      return
    }
    let message = "\(try #require(error))"
    #expect(message.contains("tokenizer_config.json: "))
    #expect(members.contains { message.contains($0.key) })
  }

  @Test func `a field that is not known is noted, and one that is harmless is not`() throws {
    let folder = try TemporaryFolder()
    try folder.write(tokenizerJSON(), to: "tokenizer.json")
    try folder.write(
      #"{"flux": 1, "padding_side": "left", "image_token": "<i>"}"#, to: "tokenizer_config.json")
    let notes = try Tokenizer(folder: folder.url).notes
    #expect(notes.count == 1)
    #expect(notes.first?.contains("flux") == true)
  }

  @Test func `the page on fields names every field once, with what is done`() throws {
    let page = try String(
      contentsOf: URL(filePath: #filePath).appending(path: "../../../docs/tokenizer-fields.md")
        .standardized, encoding: .utf8)
    var rows: [String: Int] = [:]
    for line in page.split(separator: "\n") where line.hasPrefix("| `") {
      let cell = line.split(separator: "|")[0]
      for (index, part) in cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      where index % 2 == 1 { rows[String(part), default: 0] += 1 }
    }
    let known = ConfigFields.read.union(ConfigFields.harmless).union(ConfigFields.refused)
    #expect(Set(rows.keys) == known)
    #expect(rows.values.allSatisfy { $0 == 1 })
    #expect(
      known.count == ConfigFields.read.count + ConfigFields.harmless.count
        + ConfigFields.refused.count)
  }

  @Test(arguments: ["RobertaTokenizer", "GPT2Tokenizer", "Qwen2Tokenizer"])
  func `vocab.json and merges.txt are read as the class reads them`(name: String) throws {
    let folder = try TemporaryFolder()
    let tokens = [
      "<s>", "</s>", "<|endoftext|>", "1", "2", "a", "b", "Ġ", "Ġa", "<unk>", "<pad>", "<mask>",
    ]
    let vocabulary = tokens.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
    try folder.write("{\(vocabulary)}", to: "vocab.json")
    try folder.write("#version: 0.2\nĠ a\n", to: "merges.txt")
    try folder.write(#"{"tokenizer_class": "\#(name)"}"#, to: "tokenizer_config.json")
    let tokenizer = try Tokenizer(folder: folder.url)
    let ids = tokenizer.encode("ab a 12").ids
    #expect(ids == (name == "RobertaTokenizer" ? [0, 5, 6, 8, 7, 3, 4, 1] : [5, 6, 8, 7, 3, 4]))
  }

  @Test func `MPNet's vocab.txt has two ends between two texts`() throws {
    let folder = try TemporaryFolder()
    try folder.write("<s>\n<pad>\n</s>\n<unk>\na\n[UNK]\n<mask>\n", to: "vocab.txt")
    try folder.write(#"{"tokenizer_class": "MPNetTokenizer"}"#, to: "tokenizer_config.json")
    let tokenizer = try Tokenizer(folder: folder.url)
    #expect(tokenizer.encode("A b <mask>").ids == [0, 4, 5, 6, 2])
    #expect(try tokenizer.encode("a", "a").ids == [0, 4, 2, 2, 4, 2])
  }
}
