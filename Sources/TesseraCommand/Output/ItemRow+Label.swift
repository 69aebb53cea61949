extension ItemRow {
  /// The item in one short line, as the short form of `similarity` writes it.
  var label: String {
    let parts = [image.map { "@\($0)" }, text].compactMap { $0 }
    let label = parts.joined(separator: " ")
    guard label.count > 60, let text, let name = image?.split(separator: "/").last else {
      return Self.line(label, maximum: 60)
    }
    // A long path would leave no room for the words.
    return Self.line("@…/\(name) \(text)", maximum: 60)
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
