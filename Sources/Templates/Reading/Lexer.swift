/// Cuts a template into its parts, as Jinja does with `trim_blocks` and `lstrip_blocks`, which is how
/// transformers sets it: the line feed behind a block goes, and so does the white space between the
/// beginning of a line and a block; `-` takes all white space on its side, `+` keeps it.
struct Lexer {
  let name: String
  let source: [Unicode.Scalar]
  var position = 0
  var line = 1
  private var tokens: [Token] = []
  /// Whether the part before ended with a line feed, or there is none.
  private var beginsLine = true

  /// - Parameter name: for messages.
  /// - Throws: `TemplateError`.
  static func tokens(of text: String, name: String) throws -> [Token] {
    var lexer = Lexer(name: name, source: lines(of: text))
    try lexer.run()
    return lexer.tokens
  }

  private init(name: String, source: [Unicode.Scalar]) {
    (self.name, self.source) = (name, source)
  }

  /// Line ends of all kinds become line feeds; one at the end of the template goes.
  private static func lines(of text: String) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    var follows: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      if scalar == "\r" {
        scalars.append("\n")
      } else if scalar != "\n" || follows != "\r" {
        scalars.append(scalar)
      }
      follows = scalar
    }
    if scalars.last == "\n" { scalars.removeLast() }
    return scalars
  }

  private mutating func run() throws {
    while let tag = nextTag() {
      let sign = scalar(at: tag + 2).flatMap { "-+".unicodeScalars.contains($0) ? $0 : nil }
      let opening = source[tag + 1]
      append(text: stripped(position..<tag, sign: sign, isOutput: opening == "{"))
      advance(to: tag + 2 + (sign == nil ? 0 : 1))
      beginsLine = false
      switch opening {
      case "#": try skipComment()
      case "{":
        append(.outputBegin)
        try readTag(closing: "}", .outputEnd)
      default:
        if try readRaw() { continue }
        append(.blockBegin)
        try readTag(closing: "%", .blockEnd)
      }
    }
    append(text: position..<source.count)
    advance(to: source.count)
    append(.end)
  }

  // MARK: Text

  /// Where the next `{{`, `{%` or `{#` stands.
  private func nextTag() -> Int? {
    source.indices[position...].first { index in
      source[index] == "{"
        && scalar(at: index + 1).map { "{%#".unicodeScalars.contains($0) } == true
    }
  }

  /// The part of a text before a tag that stays.
  private func stripped(
    _ range: Range<Int>, sign: Unicode.Scalar?, isOutput: Bool
  ) -> Range<Int> {
    if sign == "-" {
      let end = range.last { !PythonText.isSpace(source[$0]) }.map { $0 + 1 }
      return range.lowerBound..<(end ?? range.lowerBound)
    }
    guard sign == nil, !isOutput else { return range }
    let start = range.last { source[$0] == "\n" }.map { $0 + 1 }
    guard start != nil || beginsLine else { return range }
    let blank = (start ?? range.lowerBound)..<range.upperBound
    let isBlank = blank.allSatisfy { PythonText.isSpace(source[$0]) }
    return isBlank ? range.lowerBound..<blank.lowerBound : range
  }

  private mutating func append(text range: Range<Int>) {
    if !range.isEmpty { append(.text(text(range))) }
  }

  // MARK: Tags

  private mutating func skipComment() throws {
    let line = line
    while position < source.count {
      if takeEnd("#") { return }
      advance(to: position + 1)
    }
    throw error(.unexpected("the template's end", expected: "'#}'"), at: line)
  }

  /// Takes the end of a tag, with what goes behind it.
  private mutating func takeEnd(_ closing: Unicode.Scalar) -> Bool {
    var end = position
    var sign: Unicode.Scalar?
    if let found = scalar(at: end), found == "-" || (found == "+" && closing != "}") {
      sign = found
      end += 1
    }
    guard scalar(at: end) == closing, scalar(at: end + 1) == "}" else { return false }
    end += 2
    if sign == "-" {
      while let next = scalar(at: end), PythonText.isSpace(next) { end += 1 }
    } else if sign == nil, closing != "}", scalar(at: end) == "\n" {
      end += 1
    }
    beginsLine = source[end - 1] == "\n"
    advance(to: end)
    return true
  }

  private mutating func readTag(closing: Unicode.Scalar, _ end: Token.Kind) throws {
    var open: [Unicode.Scalar] = []
    while true {
      let line = line
      if open.isEmpty, takeEnd(closing) {
        tokens.append(Token(kind: end, line: line))
        return
      }
      guard let next = scalar(at: position) else {
        throw error(.unexpected("the template's end", expected: "'\(closing)}'"))
      }
      if PythonText.isSpace(next) {
        advance(to: position + 1)
        continue
      }
      switch next {
      case "(": open.append(")")
      case "[": open.append("]")
      case "{": open.append("}")
      case ")", "]", "}":
        let expected = open.popLast()
        guard expected == next else {
          throw error(
            .unexpected("'\(next)'", expected: expected.map { "'\($0)'" } ?? "'\(closing)}'"))
        }
      default: break
      }
      tokens.append(Token(kind: try readWord(), line: line))
    }
  }

  // MARK: Raw text

  /// Reads `raw %}` to `{% endraw %}`, if that is what stands here.
  private mutating func readRaw() throws -> Bool {
    guard let begin = end(of: "raw", from: position), let start = rawEnd(begin, trims: false) else {
      return false
    }
    let line = line
    beginsLine = source[start - 1] == "\n"
    advance(to: start)
    for tag in source.indices[position...] where source[tag...].starts(with: "{%".unicodeScalars) {
      var word = tag + 2
      let sign = scalar(at: word).flatMap { "-+".unicodeScalars.contains($0) ? $0 : nil }
      if sign != nil { word += 1 }
      guard let behind = end(of: "endraw", from: word), let end = rawEnd(behind, trims: true) else {
        continue
      }
      append(text: stripped(position..<tag, sign: sign, isOutput: false))
      beginsLine = source[end - 1] == "\n"
      advance(to: end)
      return true
    }
    throw error(.unexpected("the template's end", expected: "'endraw'"), at: line)
  }

  /// Behind a word that stands at a place, white space around it passed over.
  private func end(of word: String, from start: Int) -> Int? {
    let first = skippingSpace(start)
    guard source[min(first, source.count)...].starts(with: word.unicodeScalars) else { return nil }
    return skippingSpace(first + word.unicodeScalars.count)
  }

  /// Behind the end of a tag, and what goes with it.
  private func rawEnd(_ start: Int, trims: Bool) -> Int? {
    var lexer = self
    lexer.position = start
    if scalar(at: start) == "+", !trims { return nil }
    guard lexer.takeEnd("%") else { return nil }
    let keepsFeed = !trims && scalar(at: start) != "-"
    return keepsFeed ? start + 2 : lexer.position
  }

  private func skippingSpace(_ start: Int) -> Int {
    source.indices[min(start, source.count)...].first { !PythonText.isSpace(source[$0]) }
      ?? source.count
  }

  // MARK: Places

  func scalar(at index: Int) -> Unicode.Scalar? { index < source.count ? source[index] : nil }

  func text(_ range: Range<Int>) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: source[range])
    return text
  }

  mutating func advance(to end: Int) {
    line += source[position..<end].count { $0 == "\n" }
    position = end
  }

  private mutating func append(_ kind: Token.Kind) { tokens.append(Token(kind: kind, line: line)) }

  func error(_ fault: TemplateError.Fault, at line: Int? = nil) -> TemplateError {
    TemplateError(name: name, line: line ?? self.line, fault: fault)
  }
}
