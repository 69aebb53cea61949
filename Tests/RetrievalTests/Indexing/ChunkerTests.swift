import TesseraRetrieval
import Testing

/// Texts cut into parts; a token is a word here.
struct ChunkerTests {
  private func chunker(_ limit: Int, _ overlap: Int = 0) -> Chunker {
    Chunker(limit: limit, overlap: overlap) { $0.split(whereSeparator: \.isWhitespace).count }
  }

  private func texts(_ text: String, _ limit: Int, _ overlap: Int = 0, markdown: Bool = false)
    -> [String]
  {
    chunker(limit, overlap).chunks(of: text, isMarkdown: markdown).map(\.text)
  }

  @Test func `sentences stay whole, and stand together while they fit`() {
    let text = "One two three. Four five! Six seven eight nine? Ten."
    #expect(texts(text, 5) == ["One two three. Four five!", "Six seven eight nine? Ten."])
    #expect(texts(text, 99) == [text])
    #expect(texts("", 5).isEmpty && texts(" \n\n ", 5).isEmpty)
  }

  @Test func `what is no end of a sentence does not end it`() {
    #expect(texts("About 3.14 e.g. here. Then on.", 4) == ["About 3.14 e.g. here.", "Then on."])
    #expect(texts("He said \"no.\" She left.", 3) == ["He said \"no.\"", "She left."])
  }

  @Test func `Chinese needs no spaces`() {
    let chunker = Chunker(limit: 6, overlap: 0) { $0.count }
    #expect(
      chunker.chunks(of: "海里有鲸鱼。天上有月亮！好", isMarkdown: false).map(\.text)
        == ["海里有鲸鱼。", "天上有月亮！", "好"])
  }

  @Test func `a sentence that is too long is cut between words, or within one`() {
    let words = (1...10).map { "w\($0)" }.joined(separator: " ")
    let parts = texts(words, 3)
    #expect(parts.joined(separator: " ") == words)
    #expect(parts.allSatisfy { $0.split(separator: " ").count <= 3 })
    let long = Chunker(limit: 4, overlap: 0) { $0.count }
      .chunks(of: "abcdefghij", isMarkdown: false).map(\.text)
    #expect(long.joined() == "abcdefghij" && long.allSatisfy { $0.count <= 4 })
  }

  @Test func `parts repeat whole sentences`() {
    let text = "A b. C d. E f. G h. I j."
    #expect(texts(text, 6, 2) == ["A b. C d. E f.", "E f. G h. I j."])
    #expect(texts(text, 4, 1) == ["A b. C d.", "E f. G h.", "I j."])
  }

  @Test func `headings are carried along, code and tables stay whole`() {
    let text = """
      intro

      # One

      ## Two
      text under two

      ```
      # no heading

      code
      ```
      ### Three
      | a | b |
      | c | d |
      # Last
      end
      """
    let chunks = chunker(20).chunks(of: text, isMarkdown: true)
    #expect(
      chunks.map(\.headings) == [[], ["One", "Two"], ["One", "Two", "Three"], ["Last"]])
    #expect(chunks[1].text.hasSuffix("```\n# no heading\n\ncode\n```"))
    #expect(chunks[1].encoded.hasPrefix("One\nTwo\ntext under two"))
    #expect(chunks.map(\.lines) == [1...1, 6...12, 14...15, 17...17])
    let plain = chunker(20).chunks(of: text, isMarkdown: false)
    #expect(plain.allSatisfy { $0.headings.isEmpty })
  }

  @Test(arguments: 1...12) func `nothing is lost, and nothing is too long`(limit: Int) {
    let text = """
      # A heading of five words

      One two. Three four five six seven! Eight.
      Nine ten eleven

      twelve thirteen
      ```
      code of four words
      ```
      """
    let chunks = chunker(limit).chunks(of: text, isMarkdown: true)
    let words = chunks.flatMap { $0.text.split(whereSeparator: \.isWhitespace).map(String.init) }
    #expect(words == text.split(whereSeparator: \.isWhitespace).dropFirst(6).map(String.init))
    let count = { (text: String) in text.split(whereSeparator: \.isWhitespace).count }
    #expect(chunks.allSatisfy { count($0.encoded) <= limit })
  }
}
