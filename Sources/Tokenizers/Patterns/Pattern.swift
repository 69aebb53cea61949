/// What a `Split` or a `Replace` looks for.
///
/// The patterns that most files have are a few lines of their own; the others are regular
/// expressions, run by the small engine in Regex/.
protocol Pattern: Sendable {
  /// The first match in `range` that begins at or after `start`; never empty.
  func firstMatch(in bytes: [UInt8], from start: Int, within range: Range<Int>) -> Range<Int>?

  /// Calls `body` with every match in `range` and every stretch between matches, in order.
  func forEachSpan(
    of bytes: [UInt8], in range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void)
}

extension Pattern {
  @inline(__always)
  func forEachSpan(
    of bytes: [UInt8], in range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void
  ) {
    var start = range.lowerBound
    while start < range.upperBound,
      let match = firstMatch(in: bytes, from: start, within: range)
    {
      if start < match.lowerBound { body(start..<match.lowerBound, false) }
      body(match, true)
      start = match.upperBound
    }
    if start < range.upperBound { body(start..<range.upperBound, false) }
  }

  /// The text with `content` in place of every match.
  func replace(in bytes: [UInt8], with content: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    forEachSpan(of: bytes, in: 0..<bytes.count) { range, isMatch in
      output += isMatch ? content[...] : bytes[range]
    }
    return output
  }
}

/// Each scalar of a set.
struct ScalarPattern: Pattern {
  private let scalars: ScalarTable<Bool>

  init(_ scalars: ScalarTable<Bool>) { self.scalars = scalars }

  func firstMatch(in bytes: [UInt8], from start: Int, within range: Range<Int>) -> Range<Int>? {
    let end = range.upperBound
    var offset = start
    while offset < end {
      let (scalar, length) = bytes.scalar(at: offset)
      if scalars[scalar] { return offset..<offset + length }
      offset += length
    }
    return nil
  }
}

/// A fixed text.
struct LiteralPattern: Pattern {
  private let literal: [UInt8]

  /// - Parameter literal: Not empty.
  init(_ literal: String) { self.init(Array(literal.utf8)) }

  init(_ literal: [UInt8]) {
    precondition(!literal.isEmpty, "an empty literal matches everywhere")
    self.literal = literal
  }

  func firstMatch(in bytes: [UInt8], from start: Int, within range: Range<Int>) -> Range<Int>? {
    let end = range.upperBound
    var offset = start
    while offset + literal.count <= end {
      if bytes[offset] == literal[0], bytes[offset..<offset + literal.count].elementsEqual(literal)
      {
        return offset..<offset + literal.count
      }
      offset += 1
    }
    return nil
  }
}

/// A run of at least `minimum` white-space scalars, or of one given scalar: `\s+`, ` {2,}`.
struct RunPattern: Pattern {
  /// Nil: any white space.
  private let scalar: ScalarValue?
  private let minimum: Int
  private let whiteSpace = ScalarTable<Bool>.whiteSpace

  init(of scalar: ScalarValue?, atLeast minimum: Int) {
    precondition(minimum >= 1, "an empty run matches everywhere")
    self.scalar = scalar
    self.minimum = minimum
  }

  func firstMatch(in bytes: [UInt8], from start: Int, within range: Range<Int>) -> Range<Int>? {
    let end = range.upperBound
    var runStart = start
    var count = 0
    var offset = start
    while offset < end {
      let (next, length) = bytes.scalar(at: offset)
      if scalar.map({ $0 == next }) ?? whiteSpace[next] {
        if count == 0 { runStart = offset }
        count += 1
      } else if count >= minimum {
        return runStart..<offset
      } else {
        count = 0
      }
      offset += length
    }
    return count >= minimum ? runStart..<end : nil
  }
}
