extension ItemRow {
  /// The item in one short line, as the short form of `similarity` writes it.
  var label: String {
    let parts = [image.map { "@\($0)" }, text].compactMap { $0 }
    return Self.line(parts.joined(separator: " "), maximum: 60)
  }

  /// Text for a line of a table: it stays one line, and steers no terminal.
  static func line(_ text: String, maximum: Int) -> String {
    let start = text.prefix(maximum + 1).unicodeScalars.map { scalar in
      [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        ? " " : Character(scalar)
    }
    let line = String(start)
    return line.count > maximum ? line.prefix(maximum - 1) + "…" : line
  }
}
