extension ItemRow {
  /// The item as a table shows it: @IMAGE and text, on one line, at most 60 characters.
  var label: String {
    let parts = [image.map { "@\($0)" }, text].compactMap { $0 }
    // A line of a table is one line, and no text may steer the terminal.
    let start = parts.joined(separator: " ").prefix(61).unicodeScalars.map { scalar in
      [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        ? " " : Character(scalar)
    }
    let text = String(start)
    return text.count > 60 ? text.prefix(59) + "…" : text
  }
}
