/// A text with the places at which it can be cut.
struct ChunkedText {
  private let scalars: [Unicode.Scalar]
  /// Where each line begins.
  private let lineStarts: [Int]

  /// What stands under one heading.
  struct Section {
    var headings: [String]
    var blocks: [Block] = []
  }

  /// A paragraph, a table or a piece of code.
  struct Block {
    var range: Range<Int>
    let isWhole: Bool
  }

  init(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    self.scalars = scalars
    lineStarts = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
  }

  subscript(range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[range])
    return String(text)
  }

  /// The lines in which a part stands, from 1.
  func lines(of range: Range<Int>) -> ClosedRange<Int> {
    line(of: range.lowerBound)...line(of: max(range.lowerBound, range.upperBound - 1))
  }

  private func line(of place: Int) -> Int {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= place { low = middle } else { high = middle }
    }
    return low + 1
  }

  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var range = range
    while let first = range.first, scalars[first].properties.isWhitespace {
      range = first + 1..<range.upperBound
    }
    while let last = range.last, scalars[last].properties.isWhitespace {
      range = range.lowerBound..<last
    }
    return range
  }

  // MARK: Sections

  func sections(isMarkdown: Bool) -> [Section] {
    var sections = [Section(headings: [])]
    var levels: [(level: Int, title: String)] = []
    var fence: String?
    var block: Block?
    func end(_ section: inout Section) {
      if let ended = block { section.blocks.append(ended) }
      block = nil
    }
    for (index, start) in lineStarts.enumerated() {
      let next = index + 1 < lineStarts.count ? lineStarts[index + 1] : scalars.count
      let content = trimmed(start..<next)
      let line = self[content]
      let mark = isMarkdown ? ["```", "~~~"].first { line.hasPrefix($0) } : nil
      if let open = fence {
        block = Block(range: (block?.range.lowerBound ?? start)..<next, isWhole: true)
        if mark == open {
          fence = nil
          end(&sections[sections.count - 1])
        }
      } else if let mark {
        end(&sections[sections.count - 1])
        fence = mark
        block = Block(range: start..<next, isWhole: true)
      } else if isMarkdown, let heading = Self.heading(line) {
        end(&sections[sections.count - 1])
        levels.removeAll { $0.level >= heading.level }
        levels.append(heading)
        sections.append(Section(headings: levels.map(\.title)))
      } else if content.isEmpty {
        end(&sections[sections.count - 1])
      } else {
        let isTable = isMarkdown && line.hasPrefix("|")
        if let open = block, open.isWhole != isTable { end(&sections[sections.count - 1]) }
        block = Block(range: (block?.range.lowerBound ?? start)..<next, isWhole: isTable)
      }
    }
    end(&sections[sections.count - 1])
    return sections.filter { !$0.blocks.isEmpty }
  }

  private static func heading(_ line: String) -> (level: Int, title: String)? {
    let level = line.prefix { $0 == "#" }.count
    guard (1...6).contains(level), line.dropFirst(level).first == " " else { return nil }
    return (level, String(line.dropFirst(level).drop { $0 == " " }))
  }

  // MARK: Sentences

  func sentences(in range: Range<Int>) -> [Range<Int>] {
    var sentences: [Range<Int>] = []
    var start = range.lowerBound
    var i = start
    while i < range.upperBound {
      defer { i += 1 }
      guard Self.ends.contains(scalars[i]) || scalars[i] == "." else { continue }
      var end = i + 1
      while end < range.upperBound, Self.closers.contains(scalars[end]) { end += 1 }
      guard isEnd(i, end, range.upperBound) else { continue }
      append(start..<end, to: &sentences)
      start = end
    }
    append(start..<range.upperBound, to: &sentences)
    return sentences
  }

  /// A full stop ends a sentence where white space follows and then no small letter: numbers and
  /// most abbreviations go on. The marks of Chinese and Japanese need no space.
  private func isEnd(_ mark: Int, _ end: Int, _ limit: Int) -> Bool {
    if Self.wideEnds.contains(scalars[mark]) { return true }
    guard end < limit else { return false }
    guard scalars[end].properties.isWhitespace else { return false }
    let next = scalars[end..<limit].first { !$0.properties.isWhitespace }
    return scalars[mark] != "." || next?.properties.isLowercase != true
  }

  private func append(_ range: Range<Int>, to sentences: inout [Range<Int>]) {
    let range = trimmed(range)
    if !range.isEmpty { sentences.append(range) }
  }

  private static let wideEnds: Set<Unicode.Scalar> = ["。", "！", "？", "｡"]
  private static let ends: Set<Unicode.Scalar> = wideEnds.union(["!", "?", "…"])
  private static let closers: Set<Unicode.Scalar> = [
    "\"", "'", ")", "]", "”", "’", "»", "」", "』", "）", "!", "?", "！", "？",
  ]

  /// Where a part that is too long is cut in two: at the white space nearest to its middle, or
  /// there where it has none.
  func cut(_ range: Range<Int>) -> Int {
    let middle = (range.lowerBound + range.upperBound) / 2
    for distance in 0..<range.count / 2 {
      for place in [middle - distance, middle + distance]
      where place > range.lowerBound && place < range.upperBound {
        if scalars[place].properties.isWhitespace { return place }
      }
    }
    return max(range.lowerBound + 1, middle)
  }
}
