import ArgumentParser

/// The options of a command line, before and beside the parser, which takes the last of two values and
/// says nothing.
struct GivenOptions {
  private let arguments: ArraySlice<String>
  private let command: String?

  init(_ arguments: ArraySlice<String>) {
    self.arguments = arguments.prefix { $0 != "--" }
    command = arguments.first
  }

  private static let longNames = ["-m": "--model", "-o": "--output"]

  /// Options without a value, and the one (of `inspect`) whose values only the next option ends.
  private static let flags: Set = [
    "--accept-token-ids", "--all", "--calibrate", "--checksum", "--dry-run", "--explain",
    "--follow-links", "--help", "-h", "--ignore-identical", "--layers", "--lexical-tokens", "--mcp",
    "--no-key", "--over-image", "--per-query", "--prune", "--pull", "--quiet", "--raw",
    "--reciprocal-ranks", "--resume", "--tree", "--verbose", "--version",
  ]

  /// Options that a command may be given several times.
  private static let lists: Set = [
    "--compare", "--cors", "--exclude", "--include", "--image", "--minus", "--only", "--patch",
    "--plus", "--stop", "--template", "--text", "--text-pair", "--workload",
  ]

  /// Options whose value is words, which may begin with a dash.
  private static let words: Set = [
    "--among-prompt", "--minus", "--plus", "--prompt", "--stop", "--system", "--template", "--text",
    "--text-pair",
  ]

  private static let commandsOfOneItem: Set = ["plan", "inspect", "attention", "diff"]

  private func isList(_ name: String) -> Bool {
    if command == "serve", ["--model", "--in"].contains(name) { return true }
    if Self.commandsOfOneItem.contains(command ?? ""), ["--text", "--image"].contains(name) {
      return false
    }
    return Self.lists.contains(name)
  }

  /// Refuses an option that stands where another's words are missing, as in `--text --image x`.
  ///
  /// - Throws: `ValidationError`.
  func requireWords() throws {
    for (option, value) in zip(arguments, arguments.dropFirst())
    where Self.words.contains(option) && Self.looksLikeOption(value) {
      throw ValidationError(
        "Missing value for '\(option)': what follows is \(value). If that is the value, write"
          + " \(option)=\(value).")
    }
  }

  /// `--name`, `--name=value` or `-n`, which no words are.
  private static func looksLikeOption(_ text: String) -> Bool {
    let name = text.prefix { $0 != "=" }.drop { $0 == "-" }
    let dashes = text.prefix { $0 == "-" }.count
    guard let first = name.first, first.isLetter, first.isASCII else { return false }
    return dashes == 1
      ? name.count == 1 : dashes == 2 && name.allSatisfy { $0.isLetter || $0 == "-" }
  }

  /// Refuses words such as `-5 degrees` that are no option's, and that the parser would call an unknown
  /// option.
  ///
  /// - Throws: `ValidationError` that says where they belong.
  func requireNoDash() throws {
    try forEach { name, _ in
      guard let second = name.dropFirst().first, second != "-", !second.isLetter else { return }
      throw ValidationError(
        "'\(name)' begins with a dash and is no option. Words that do stand behind two dashes, at the"
          + " end: -- \"\(name)\"; a file's name behind ./.")
    }
  }

  /// Refuses an option that takes one value and is given another.
  ///
  /// - Throws: `ValidationError` that names both.
  func requireSingle() throws {
    var given: [String: String] = [:]
    try forEach { name, value in
      guard let value, !isList(name) else { return }
      if let other = given.updateValue(value, forKey: name) {
        throw ValidationError(
          "\(name) is given twice, as \(other) and as \(value); expected it once.")
      }
    }
  }

  /// - Parameter body: gets each option, by its long name, with its value; nil for flags.
  private func forEach(_ body: (_ name: String, _ value: String?) throws -> Void) rethrows {
    var rest = arguments
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-"), argument != "-" else { continue }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = longName(String(parts[0]))
      guard !Self.flags.contains(name) else {
        try body(name, nil)
        continue
      }
      try body(name, parts.count == 2 ? String(parts[1]) : rest.popFirst() ?? "")
    }
  }

  private func longName(_ name: String) -> String {
    if name == "-k", command == "rank" { return "--top" }
    return Self.longNames[name] ?? name
  }
}
