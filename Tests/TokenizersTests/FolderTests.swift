import TesseraJSON
import TesseraTokenizers
import Testing

@Suite struct `Folders` {
  private let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n##s\nÉ\ne\n北\n北京\n"

  @Test func `a vocabulary alone is an uncased BERT`() throws {
    let folder = try TemporaryFolder()
    try folder.write(vocabulary, to: "vocab.txt")
    let tokenizer = try Tokenizer(folder: folder.url)
    #expect(tokenizer.encode("Hellos É 北京").ids == [2, 5, 6, 8, 9, 1, 3])
    #expect(tokenizer.modelMaxLength == nil)
    #expect(tokenizer.specialTokens.padID == 0)
  }

  @Test func `switches of the configuration count`() throws {
    let folder = try TemporaryFolder()
    try folder.write(vocabulary, to: "vocab.txt")
    try folder.write(
      """
      {"do_lower_case": false, "tokenize_chinese_chars": false, "model_max_length": 1e30,
       "tokenizer_class": "BertTokenizer"}
      """, to: "tokenizer_config.json")
    let tokenizer = try Tokenizer(folder: folder.url)
    #expect(tokenizer.encode("hellos É 北京").ids == [2, 5, 6, 7, 10, 3])
    #expect(tokenizer.encode("Hello").unknownText.examples == ["Hello"])
    #expect(tokenizer.modelMaxLength == nil)
  }

  @Test func `line ends of any kind end a line`() throws {
    let folder = try TemporaryFolder()
    try folder.write(vocabulary.replacing("\n", with: "\r\n"), to: "vocab.txt")
    #expect(try Tokenizer(folder: folder.url).encode("hello").ids == [2, 5, 3])
  }

  @Test func `the file's own truncation and padding are told, not applied`() throws {
    let tokenizer = try tokenizer(
      tokenizerJSON().replacing(
        #""truncation": null, "padding": null"#,
        with: """
          "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst",
            "stride": 0},
          "padding": {"strategy": {"Fixed": 8}, "direction": "Left", "pad_to_multiple_of": null,
            "pad_id": 3, "pad_type_id": 0, "pad_token": "c"}
          """))
    #expect(tokenizer.encode("abbbb").ids == [1, 2, 2, 2, 2])
    #expect(tokenizer.fileTruncation?.maximumLength == 2)
    #expect(tokenizer.filePadding?.fixedLength == 8)
    #expect(tokenizer.filePadding?.side == .left)
    #expect(tokenizer.specialTokens.padID == 3)
  }

  @Test func `a folder with no tokenizer says what was looked for`() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: folder.url) }
    let message = "\(try #require(error))"
    for name in ["tokenizer.json", "vocab.txt", "vocab.json", "merges.txt"] {
      #expect(message.contains(name))
    }
  }

  @Test func `a file that is not there is an error`() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "none.json")
    #expect(throws: TokenizerError.self) { try Tokenizer(file: file) }
    #expect(throws: TokenizerError.self) { try Tokenizer(file: folder.url) }
  }

  @Test func `files of another kind of tokenizer are refused by its name`() throws {
    let folder = try TemporaryFolder()
    try folder.write(vocabulary, to: "vocab.txt")
    try folder.write(#"{"tokenizer_class": "FunnelTokenizer"}"#, to: "tokenizer_config.json")
    let error = #expect(throws: FieldError.self) { try Tokenizer(folder: folder.url) }
    #expect("\(try #require(error))".contains("FunnelTokenizer"))
  }

  @Test(arguments: ["{", "[]", #"{"model_max_length": "long"}"#, #"{"model_max_length": -1}"#])
  func `a damaged configuration is an error`(config: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(vocabulary, to: "vocab.txt")
    try folder.write(config, to: "tokenizer_config.json")
    #expect(throws: FieldError.self) { try Tokenizer(folder: folder.url) }
  }

  @Test func `a vocabulary without the special tokens is an error`() throws {
    let folder = try TemporaryFolder()
    try folder.write("a\nb\n", to: "vocab.txt")
    #expect(throws: FieldError.self) { try Tokenizer(folder: folder.url) }
  }

  @Test(arguments: ["a\n", "a b c\n", "a z\n"])
  func `merges that are not two known tokens are an error`(merges: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"{"a": 0, "b": 1, "<|startoftext|>": 2, "<|endoftext|>": 3}"#, to: "vocab.json")
    try folder.write("#version: 0.2\n" + merges, to: "merges.txt")
    #expect(throws: FieldError.self) { try Tokenizer(folder: folder.url) }
  }
}
