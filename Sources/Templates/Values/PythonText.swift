/// Python's `str` methods, which differ from Swift's in the details: characters are scalars, equal is
/// what has the same ones, and case goes by the whole mapping.
package enum PythonText {
  package static func stripped(_ text: String) -> String {
    String(String.UnicodeScalarView(stripped(text.unicodeScalars[...], where: isSpace)))
  }

  /// - Parameter goes: which scalars are taken away at the sides.
  static func stripped(
    _ scalars: Substring.UnicodeScalarView, atStart: Bool = true, atEnd: Bool = true,
    where goes: (Unicode.Scalar) -> Bool
  ) -> Substring.UnicodeScalarView {
    let first = atStart ? scalars.firstIndex { !goes($0) } : scalars.startIndex
    guard let first, first < scalars.endIndex else { return scalars[scalars.endIndex...] }
    guard atEnd else { return scalars[first...] }
    guard let last = scalars[first...].lastIndex(where: { !goes($0) }) else {
      return scalars[first..<first]
    }
    return scalars[first...last]
  }

  /// Python's `str.isspace`: White_Space, and the four separators of ASCII.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }

  /// Python's `str.isprintable`.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  // MARK: Case

  /// Full case mapping; Σ is ς at the end of a word (The Unicode Standard, 3.13, Final_Sigma).
  package static func lowercased(_ text: String) -> String {
    let scalars = text.unicodeScalars
    return scalars.indices.map { lowercased($0, of: scalars) }.joined()
  }

  private static func lowercased(
    _ i: String.UnicodeScalarView.Index, of scalars: String.UnicodeScalarView
  ) -> String {
    guard scalars[i] == "Σ" else { return scalars[i].properties.lowercaseMapping }
    return isFinalSigma(at: i, of: scalars) ? "ς" : "σ"
  }

  private static func isFinalSigma(
    at i: String.UnicodeScalarView.Index, of scalars: String.UnicodeScalarView
  ) -> Bool {
    func isVisible(_ scalar: Unicode.Scalar) -> Bool { !scalar.properties.isCaseIgnorable }
    let before = scalars[..<i].last(where: isVisible)
    let after = scalars[scalars.index(after: i)...].first(where: isVisible)
    return before?.properties.isCased ?? false && !(after?.properties.isCased ?? false)
  }

  static func uppercased(_ text: String) -> String {
    text.unicodeScalars.map(\.properties.uppercaseMapping).joined()
  }

  /// The first letter large, all others small.
  static func capitalized(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.first else { return "" }
    let rest = scalars.indices.dropFirst().map { lowercased($0, of: scalars) }
    return first.properties.titlecaseMapping + rest.joined()
  }

  /// The first letter of each word large, all others small.
  static func titled(_ text: String) -> String {
    let scalars = text.unicodeScalars
    var result = ""
    var isInWord = false
    for index in scalars.indices {
      result +=
        isInWord ? lowercased(index, of: scalars) : scalars[index].properties.titlecaseMapping
      isInWord = scalars[index].properties.isCased
    }
    return result
  }

  // MARK: Parts

  /// Bytes of UTF-8 begin within no character, so that places of bytes do for texts.
  static func firstRange(of part: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Range<Int>? {
    guard let first = part.first else { return start <= bytes.count ? start..<start : nil }
    guard bytes.count >= part.count else { return nil }
    for index in start..<max(start, bytes.count - part.count + 1)
    where bytes[index] == first && bytes[index..<index + part.count].elementsEqual(part) {
      return index..<index + part.count
    }
    return nil
  }

  /// - Parameter count: how many are replaced at most.
  static func replaced(
    _ text: String, _ old: String, with new: String, count: Int = .max
  ) -> String {
    if old.isEmpty { return woven(text, with: new, count: count) }
    return split(text, by: old, times: count).joined(separator: new)
  }

  /// A text before each scalar and at the end.
  private static func woven(_ text: String, with new: String, count: Int) -> String {
    var result = ""
    var left = count
    for scalar in text.unicodeScalars {
      if left > 0 { result += new }
      left -= 1
      result.unicodeScalars.append(scalar)
    }
    return left > 0 ? result + new : result
  }

  /// - Precondition: the separator is not empty.
  static func split(_ text: String, by separator: String, times: Int = .max) -> [String] {
    let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
    var parts: [String] = []
    var start = 0
    while parts.count < times, let range = firstRange(of: part, in: bytes, from: start) {
      parts.append(String(decoding: bytes[start..<range.lowerBound], as: UTF8.self))
      start = range.upperBound
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }

  /// At runs of white space, of which none is at the sides of what comes out.
  static func words(_ text: String, times: Int = .max) -> [String] {
    var words: [String] = []
    var rest = stripped(text.unicodeScalars[...], atEnd: false, where: isSpace)
    while !rest.isEmpty {
      guard words.count < times, let end = rest.firstIndex(where: isSpace) else {
        // What is behind the last cut keeps white space at its end only where cuts ran out.
        words.append(String(rest))
        break
      }
      words.append(String(rest[..<end]))
      rest = stripped(rest[end...], atEnd: false, where: isSpace)
    }
    return words
  }

  /// Python's `str.splitlines`.
  static func lines(_ text: String) -> [String] {
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    var previous: Unicode.Scalar = " "
    var isOpen = false
    for scalar in text.unicodeScalars {
      defer { previous = scalar }
      if scalar == "\n", previous == "\r" { continue }
      if isLineEnd(scalar) {
        lines.append(String(line))
        line = String.UnicodeScalarView()
        isOpen = false
      } else {
        line.append(scalar)
        isOpen = true
      }
    }
    return isOpen ? lines + [String(line)] : lines
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
    text.utf8.starts(with: prefix.utf8)
  }

  static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
    text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }
}
