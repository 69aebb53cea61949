/// CLIP's words: `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`.
struct CLIPWordPattern: Pattern {
  static let regex = #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#

  private let classes = WordClasses()

  func firstMatch(in bytes: [UInt8], from start: Int, within range: Range<Int>) -> Range<Int>? {
    let end = range.upperBound
    let start = classes.endOfRun(of: .whiteSpace, in: bytes, from: start, to: end)
    guard start < end else { return nil }
    if let end = endOfContraction(in: bytes, from: start, to: end) { return start..<end }
    let (scalar, length) = bytes.scalar(at: start)
    let first = classes[scalar]
    if first == .number { return start..<start + length }
    return start..<classes.endOfRun(of: first, in: bytes, from: start, to: end)
  }
}

/// GPT-2's words: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
///
/// They leave nothing out.
struct GPT2WordPattern: Pattern {
  static let regex =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  private let classes = WordClasses()

  func firstMatch(in bytes: [UInt8], from start: Int, within range: Range<Int>) -> Range<Int>? {
    let end = range.upperBound
    guard start < end else { return nil }
    if let end = endOfContraction(in: bytes, from: start, to: end) { return start..<end }
    // One space may lead a word, of any kind.
    let wordStart = bytes[start] == UInt8(ascii: " ") ? start + 1 : start
    if wordStart < end {
      let first = classes[bytes.scalar(at: wordStart).value]
      if first != .whiteSpace {
        return start..<classes.endOfRun(of: first, in: bytes, from: wordStart, to: end)
      }
    }
    // White space leaves its last scalar to the word behind it, if it has another.
    let runEnd = classes.endOfRun(of: .whiteSpace, in: bytes, from: start, to: end)
    let last = bytes.startOfScalar(before: runEnd)
    return start..<(runEnd < end && last > start ? last : runEnd)
  }
}

/// The words of the `Whitespace` pre-tokenizer: `\w+|[^\w\s]+`, by the regex crate's classes.
struct WordPattern: Pattern {
  private let wordCharacters = ScalarTable<Bool>.wordCharacters
  private let whiteSpace = ScalarTable<Bool>.whiteSpace

  func firstMatch(in bytes: [UInt8], from start: Int, within range: Range<Int>) -> Range<Int>? {
    let end = range.upperBound
    var wordStart: Int?
    var isWord = false
    var offset = start
    while offset < end {
      let (scalar, length) = bytes.scalar(at: offset)
      if let wordStart {
        if whiteSpace[scalar] || wordCharacters[scalar] != isWord { return wordStart..<offset }
      } else if !whiteSpace[scalar] {
        wordStart = offset
        isWord = wordCharacters[scalar]
      }
      offset += length
    }
    return wordStart.map { $0..<end }
  }
}

/// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `start`.
private func endOfContraction(in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
  guard bytes[start] == UInt8(ascii: "'"), start + 1 < end else { return nil }
  switch bytes[start + 1] {
  case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
    return start + 2
  case UInt8(ascii: "r"), UInt8(ascii: "v"):
    return start + 2 < end && bytes[start + 2] == UInt8(ascii: "e") ? start + 3 : nil
  case UInt8(ascii: "l"):
    return start + 2 < end && bytes[start + 2] == UInt8(ascii: "l") ? start + 3 : nil
  default:
    return nil
  }
}

/// The four classes that CLIP's and GPT-2's patterns tell apart.
private struct WordClasses: Sendable {
  enum WordClass: UInt8 { case other, whiteSpace, letter, number }

  private static let table: ScalarTable<WordClass> = {
    let classes = CharacterClasses.shared
    let letters = classes.category("L") ?? 0
    let numbers = classes.category("N") ?? 0
    return classes.table.map { number in
      let bit: CharacterClasses.Mask = 1 << CharacterClasses.Mask(number)
      if letters & bit != 0 { return .letter }
      if numbers & bit != 0 { return .number }
      return classes.whiteSpace & bit != 0 ? .whiteSpace : .other
    }
  }()

  private let table = Self.table

  @inline(__always)
  subscript(scalar: ScalarValue) -> WordClass { table[scalar] }

  @inline(__always)
  func endOfRun(of kind: WordClass, in bytes: [UInt8], from start: Int, to end: Int) -> Int {
    var offset = start
    while offset < end {
      let (scalar, length) = bytes.scalar(at: offset)
      if self[scalar] != kind { break }
      offset += length
    }
    return offset
  }
}
