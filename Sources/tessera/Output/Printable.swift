/// Text that others wrote, in a table.
enum Printable {
  /// A line of a table is one line, and no text may steer the terminal.
  static func line(_ text: some StringProtocol) -> String {
    String(
      text.unicodeScalars.map { scalar in
        [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
          ? " " : Character(scalar)
      })
  }
}
