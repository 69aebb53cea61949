import TesseraTokenizers
import Testing

@Suite struct `Encodings` {
  private let bert: Tokenizer
  private let clip: Tokenizer
  private let xlmr: Tokenizer

  init() throws {
    bert = try Tokenizer(folder: caseURL("visual-tiny-en"))
    clip = try Tokenizer(folder: caseURL("clip-tiny"))
    xlmr = try Tokenizer(folder: caseURL("visual-tiny-m3"))
  }

  @Test func `truncation keeps the first tokens and both special ones`() {
    let whole = bert.encode("one two three four five six").ids
    let cut = bert.encode("one two three four five six", maxLength: 5)
    #expect(cut.ids == Array(whole.prefix(4)) + whole.suffix(1))
    #expect(cut.totalCount == whole.count)
    #expect(cut.isTruncated)
  }

  @Test func `a text that just fits is whole`() {
    let whole = bert.encode("one two three")
    let fitting = bert.encode("one two three", maxLength: whole.ids.count)
    #expect(fitting == whole)
    #expect(!fitting.isTruncated)
  }

  @Test func `CLIP keeps 75 tokens and the end`() throws {
    let text = String(repeating: "cat ", count: 100)
    let whole = clip.encode(text)
    let cut = clip.encode(text, maxLength: clip.modelMaxLength)
    #expect(cut.ids.count == 77)
    #expect(cut.ids.last == clip.specialTokens.eosID)
    #expect(cut.ids.first == clip.specialTokens.bosID)
    #expect(cut.totalCount == whole.ids.count)
  }

  @Test(arguments: [2, 1, 0, -1, Int.min])
  func `where there is no room only the special tokens remain`(maxLength: Int) {
    let encoding = bert.encode("one two", maxLength: maxLength)
    #expect(encoding.ids == bert.encode("").ids)
    #expect(encoding.ids.count == bert.specialTokenCount)
    #expect(encoding.isTruncated)
  }

  @Test func `without special tokens the room is the text's alone`() {
    let ids = bert.encode("one two three", addSpecialTokens: false).ids
    #expect(bert.encode("one two three").ids.dropFirst().dropLast() == ids[...])
    let cut = bert.encode("one two three", addSpecialTokens: false, maxLength: 2)
    #expect(cut.ids == Array(ids.prefix(2)))
  }

  @Test func `unknown words are counted and shown`() {
    let encoding = bert.encode("a \u{9FA0}\u{9FA1} \u{16800}x")
    #expect(encoding.unknownText.count == 3)
    #expect(encoding.unknownText.examples == ["\u{9FA0}", "\u{9FA1}", "\u{16800}x"])
    #expect(encoding.ids.filter { $0 == bert.specialTokens.unknownID }.count == 3)
  }

  @Test func `the unknown token's own name is not unknown text`() {
    let encoding = bert.encode("[UNK]", addSpecialTokens: false)
    #expect(encoding.ids == [bert.specialTokens.unknownID])
    #expect(encoding.unknownText.count == 0)
  }

  @Test func `examples of unknown text are few and short`() throws {
    let many = xlmr.encode(String(repeating: "\u{16800} a ", count: 100)).unknownText
    #expect(many.count == 100)
    #expect(many.examples.count == 5)
    let long = xlmr.encode(String(repeating: "\u{16800}", count: 1000)).unknownText
    #expect(long.count == 1)
    #expect(long.examples == [String(repeating: "\u{16800}", count: 50)])
  }

  @Test func `byte-level vocabularies know every text`() {
    #expect(clip.encode("\u{9CB8} \u{0} \u{10FFFF}").unknownText.count == 0)
  }

  @Test func `tokens and ids name each other`() {
    for tokenizer in [bert, clip, xlmr] {
      for id in 0..<tokenizer.vocabularySize {
        #expect(tokenizer.token(id).flatMap(tokenizer.id) == id)
      }
      for id in [-1, Int.min, tokenizer.vocabularySize, Int.max] {
        #expect(tokenizer.token(id) == nil)
      }
      #expect(tokenizer.id("no such token") == nil)
      #expect(tokenizer.id("") == nil)
    }
  }

  @Test func `the configuration's roles and lengths are known`() {
    #expect(bert.specialTokens.clsID == bert.id("[CLS]"))
    #expect(bert.specialTokens.padID == bert.id("[PAD]"))
    #expect(bert.specialTokens.unknownID == bert.id("[UNK]"))
    #expect(bert.specialTokens.all.count == 5)
    #expect(xlmr.specialTokens.eosID == xlmr.id("</s>"))
    #expect(xlmr.specialTokens.maskID == xlmr.id("<mask>"))
    #expect(clip.specialTokens.padID == clip.id("<|endoftext|>"))
    #expect(bert.modelMaxLength == 64)
    #expect(xlmr.modelMaxLength == 512)
    #expect(clip.modelMaxLength == 77)
  }

  @Test func `added tokens are told apart by their exact scalars`() throws {
    let flags =
      #""single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": false"#
    let tokenizer = try tokenizer(
      tokenizerJSON(
        addedTokens: """
          [{"id": 4, "content": "\u{E9}", \(flags)}, {"id": 5, "content": "e\u{301}", \(flags)}]
          """))
    #expect(tokenizer.encode("\u{E9}e\u{301}").ids == [4, 5])
    #expect(tokenizer.vocabularySize == 6)
  }

  @Test func `megabytes without a space come to an end`() {
    let count = 1_000_000
    let letters = String(repeating: "a", count: count)
    #expect(bert.encode(letters).ids == [bert.id("[CLS]"), bert.id("[UNK]"), bert.id("[SEP]")])
    for tokenizer in [clip, xlmr] {
      let ids = tokenizer.encode(letters, addSpecialTokens: false).ids
      let spelled = ids.reduce(0) { $0 + (tokenizer.token($1) ?? "").utf8.count { $0 == 0x61 } }
      #expect(spelled == count)
    }
    let marks = "a" + String(repeating: "\u{301}\u{323}", count: count / 4)
    #expect(bert.encode(marks) == bert.encode("a"))
  }
}
