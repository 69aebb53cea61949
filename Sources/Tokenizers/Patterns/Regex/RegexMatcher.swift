/// Runs a program over text: one way at a time, going back to the last choice where it fails.
struct RegexMatcher {
  private let program: RegexProgram
  private let bytes: [UInt8]
  private let range: Range<Int>
  private var choices: [Choice] = []

  /// A way not taken yet: on from `instruction`, at `offset`, or as long as it is beyond `least`, at
  /// each scalar before that down to it.
  private struct Choice {
    let instruction: Int
    var offset: Int
    let least: Int
  }

  init(_ program: RegexProgram, _ bytes: [UInt8], within range: Range<Int>) {
    self.program = program
    self.bytes = bytes
    self.range = range
  }

  /// The end of the match that begins at `start`; nil: there is none.
  mutating func end(from start: Int) -> Int? { run(0, at: start) }

  private mutating func run(_ first: Int, at start: Int) -> Int? {
    let base = choices.count
    var next = first
    var offset = start
    while true {
      var holds = true
      switch program.instructions[next] {
      case .accept:
        choices.removeLast(choices.count - base)
        return offset
      case .scalar(let set):
        if offset < range.upperBound, case let (scalar, length) = bytes.scalar(at: offset),
          program.sets[set].contains(scalar)
        {
          offset += length
          next += 1
        } else {
          holds = false
        }
      case .run(let set, let atLeast, let atMost, let givesBack):
        if let least = takeRun(of: set, atLeast, atMost, from: &offset) {
          next += 1
          if givesBack, least < offset {
            choices.append(Choice(instruction: next, offset: offset, least: least))
          }
        } else {
          holds = false
        }
      case .split(let here, let otherwise):
        choices.append(Choice(instruction: otherwise, offset: offset, least: offset))
        next = here
      case .jump(let place):
        next = place
      case .ahead(let isNegated, let place):
        holds = (run(next + 1, at: offset) == nil) == isNegated
        next = place
      case .atomic(let place):
        if let end = run(next + 1, at: offset) { offset = end } else { holds = false }
        next = place
      case .behind(let set, let isNegated):
        let stands =
          offset > range.lowerBound
          && program.sets[set].contains(bytes.scalar(at: bytes.startOfScalar(before: offset)).value)
        holds = stands != isNegated
        next += 1
      case .anchor(let anchor):
        holds = stands(at: anchor, offset)
        next += 1
      }
      if !holds {
        guard let choice = takeChoice(above: base) else { return nil }
        next = choice.instruction
        offset = choice.offset
      }
    }
  }

  /// Goes over a run, and returns the least offset that it may be given back to.
  @inline(__always)
  private func takeRun(
    of number: Int, _ atLeast: Int, _ atMost: Int, from offset: inout Int
  ) -> Int? {
    let set = program.sets[number]
    var count = 0
    var least = offset
    while count < atMost, offset < range.upperBound,
      case let (scalar, length) = bytes.scalar(at: offset), set.contains(scalar)
    {
      offset += length
      count += 1
      if count == atLeast { least = offset }
    }
    return count >= atLeast ? least : nil
  }

  private mutating func takeChoice(above base: Int) -> Choice? {
    guard choices.count > base, var choice = choices.popLast() else { return nil }
    if choice.offset > choice.least {
      choice.offset = bytes.startOfScalar(before: choice.offset)
      if choice.offset > choice.least { choices.append(choice) }
    }
    return choice
  }

  private func stands(at anchor: RegexNode.Anchor, _ offset: Int) -> Bool {
    let lineFeed = UInt8(ascii: "\n")
    return switch anchor {
    case .textStart: offset == range.lowerBound
    case .textEnd: offset == range.upperBound
    case .lineStart:
      // Not behind a line end that ends the text.
      offset == range.lowerBound || bytes[offset - 1] == lineFeed && offset < range.upperBound
    case .lineEnd: offset == range.upperBound || bytes[offset] == lineFeed
    case .wordBoundary: isWord(before: offset) != isWord(at: offset)
    case .noWordBoundary: isWord(before: offset) == isWord(at: offset)
    }
  }

  private func isWord(before offset: Int) -> Bool {
    offset > range.lowerBound && isWord(at: bytes.startOfScalar(before: offset))
  }

  private func isWord(at offset: Int) -> Bool {
    offset < range.upperBound && program.words.contains(bytes.scalar(at: offset).value)
  }
}

/// Any regular expression of a file that the parser knows.
struct RegexPattern: Pattern {
  private let program: RegexProgram

  init(_ regex: String) throws(RegexError) {
    let node = try RegexParser.parse(regex)
    if node.matchesEmpty { throw .unsupported("a match of nothing") }
    program = try RegexProgram(node)
  }

  func firstMatch(in bytes: [UInt8], from start: Int, within range: Range<Int>) -> Range<Int>? {
    var matcher = RegexMatcher(program, bytes, within: range)
    return firstMatch(from: start, &matcher, bytes, range.upperBound)
  }

  func forEachSpan(
    of bytes: [UInt8], in range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void
  ) {
    var matcher = RegexMatcher(program, bytes, within: range)
    var start = range.lowerBound
    while start < range.upperBound,
      let match = firstMatch(from: start, &matcher, bytes, range.upperBound)
    {
      if start < match.lowerBound { body(start..<match.lowerBound, false) }
      body(match, true)
      start = match.upperBound
    }
    if start < range.upperBound { body(start..<range.upperBound, false) }
  }

  private func firstMatch(
    from start: Int, _ matcher: inout RegexMatcher, _ bytes: [UInt8], _ end: Int
  ) -> Range<Int>? {
    var offset = start
    while offset < end {
      if let end = matcher.end(from: offset) { return offset..<end }
      offset += bytes.scalar(at: offset).length
    }
    return nil
  }
}
