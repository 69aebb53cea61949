extension String {
  /// The text in quotes for an error message or a table: control characters escaped, and cut
  /// after 120 characters, so that a hostile name can neither break the line nor flood it.
  package var quoted: String {
    "'\(printable(limit: 120))'"
  }

  /// The text on one line; characters that a terminal would act upon are escaped.
  package func printable(limit: Int = .max) -> String {
    var line = ""
    var count = 0
    for scalar in unicodeScalars {
      if count == limit { return line + "…" }
      count += 1
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        line += "\\u{\(String(scalar.value, radix: 16))}"
      default: line.unicodeScalars.append(scalar)
      }
    }
    return line
  }
}

extension [String] {
  /// The first few names for an error message: `'a', 'b', 'c' and 5 more`.
  package var listed: String {
    let shown = prefix(4).map(\.quoted).joined(separator: ", ")
    return count > 4 ? shown + " and \(count - 4) more" : shown
  }
}
