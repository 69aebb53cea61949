/// Cuts long texts into parts that a model reads whole: at headings, between paragraphs and sentences,
/// and within a sentence only where it is longer than a part.
package struct Chunker: Sendable {
  /// A part of a text.
  package struct Chunk: Equatable, Sendable {
    /// As it stands in the text.
    package let text: String
    /// The headings above it, from the outermost, which are encoded with it.
    package let headings: [String]
    /// Lines of the text, from 1.
    package let lines: ClosedRange<Int>

    package var encoded: String { (headings + [text]).joined(separator: "\n") }
  }

  /// Tokens of a part at most.
  package let limit: Int
  /// Tokens at most that a part repeats from the one before it, in whole sentences.
  package let overlap: Int
  private let tokens: @Sendable (String) -> Int

  /// - Parameter tokens: how many a text has, without those around it.
  package init(limit: Int, overlap: Int, tokens: @escaping @Sendable (String) -> Int) {
    precondition(limit > 0 && overlap >= 0 && overlap < limit, "\(limit) tokens, \(overlap) again")
    self.limit = limit
    self.overlap = overlap
    self.tokens = tokens
  }

  /// - Parameter isMarkdown: whether lines that begin with # are headings, and fences are code.
  package func chunks(of text: String, isMarkdown: Bool) -> [Chunk] {
    let text = ChunkedText(text)
    return text.sections(isMarkdown: isMarkdown).flatMap { section in
      chunks(of: section, in: text)
    }
  }

  private func chunks(of section: ChunkedText.Section, in text: ChunkedText) -> [Chunk] {
    let headings = shortened(section.headings)
    let room = headings.isEmpty ? limit : limit - tokens(headings.joined(separator: "\n"))
    var units: [(range: Range<Int>, tokens: Int)] = []
    for block in section.blocks {
      let count = tokens(text[block.range])
      // A table or a piece of code is one thing as long as it fits.
      if block.isWhole, count <= room {
        units.append((block.range, count))
      } else {
        for sentence in text.sentences(in: block.range) {
          units += fitting(sentence, in: text, room: room)
        }
      }
    }
    var chunks: [Chunk] = []
    var start = 0
    while start < units.count {
      var end = start + 1
      var sum = units[start].tokens
      while end < units.count, sum + units[end].tokens <= room {
        sum += units[end].tokens
        end += 1
      }
      // Tokens of sentences need not add up.
      while end > start + 1, tokens(text[text.trimmed(span(units, start, end))]) > room { end -= 1 }
      let range = text.trimmed(span(units, start, end))
      chunks.append(Chunk(text: text[range], headings: headings, lines: text.lines(of: range)))
      guard end < units.count else { break }
      start = beginning(after: start, end, units, room: room)
    }
    return chunks
  }

  private func span(
    _ units: [(range: Range<Int>, tokens: Int)], _ start: Int, _ end: Int
  ) -> Range<Int> {
    units[start].range.lowerBound..<units[end - 1].range.upperBound
  }

  /// Where the next part begins: as many units before `end` as may be said again, and leave room
  /// for a new one.
  private func beginning(
    after start: Int, _ end: Int, _ units: [(range: Range<Int>, tokens: Int)], room: Int
  ) -> Int {
    var next = end
    var again = 0
    while next - 1 > start, again + units[next - 1].tokens <= overlap,
      again + units[next - 1].tokens + units[end].tokens <= room
    {
      next -= 1
      again += units[next].tokens
    }
    return next
  }

  /// A sentence, or pieces of one that is too long.
  private func fitting(
    _ range: Range<Int>, in text: ChunkedText, room: Int
  ) -> [(range: Range<Int>, tokens: Int)] {
    let range = text.trimmed(range)
    guard !range.isEmpty else { return [] }
    let count = tokens(text[range])
    guard count > room, range.count > 1 else { return [(range, count)] }
    let middle = text.cut(range)
    return fitting(range.lowerBound..<middle, in: text, room: room)
      + fitting(middle..<range.upperBound, in: text, room: room)
  }

  /// Headings take half of a part at most: the outermost go first.
  private func shortened(_ headings: [String]) -> [String] {
    var headings = headings[...]
    while !headings.isEmpty, tokens(headings.joined(separator: "\n")) > limit / 2 {
      headings = headings.dropFirst()
    }
    return Array(headings)
  }
}
