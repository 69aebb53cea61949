/// A table as text (RFC 4180): fields between separators, in quotes where they hold one, a line feed
/// or a quote, which is then written twice.
struct DelimitedText {
  private let scalars: [Unicode.Scalar]
  private let separator: Unicode.Scalar
  private var position = 0
  private var line = 1

  init(_ text: String, separator: Unicode.Scalar) {
    scalars = Array(text.unicodeScalars)
    self.separator = separator
  }

  /// The next record and the line it begins in; nil at the end. Blank lines are passed over.
  ///
  /// - Throws: `DraftError`.
  mutating func next(file: String) throws -> (line: Int, fields: [String])? {
    while position < scalars.count, scalars[position] == "\n" || scalars[position] == "\r" {
      if scalars[position] == "\n" { line += 1 }
      position += 1
    }
    guard position < scalars.count else { return nil }
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try field(file: file))
      guard position < scalars.count, scalars[position] == separator else { break }
      position += 1
    }
    return (start, fields)
  }

  private mutating func field(file: String) throws -> String {
    var field = String.UnicodeScalarView()
    guard position < scalars.count, scalars[position] == "\"" else {
      while position < scalars.count, scalars[position] != separator,
        scalars[position] != "\n", scalars[position] != "\r"
      {
        field.append(scalars[position])
        position += 1
      }
      return String(field)
    }
    let start = line
    position += 1
    while position < scalars.count {
      if scalars[position] == "\"" {
        position += 1
        guard position < scalars.count, scalars[position] == "\"" else {
          try requireEnd(file: file)
          return String(field)
        }
      }
      if scalars[position] == "\n" { line += 1 }
      field.append(scalars[position])
      position += 1
    }
    throw DraftError(
      place: "\(file), line \(start)", reason: "the quote that begins here has no end")
  }

  private func requireEnd(file: String) throws {
    guard position < scalars.count, scalars[position] != separator, scalars[position] != "\n",
      scalars[position] != "\r"
    else { return }
    throw DraftError(
      place: "\(file), line \(line)",
      reason: "expected a separator behind the quote; found \(scalars[position])")
  }
}
