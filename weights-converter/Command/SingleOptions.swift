import ArgumentParser

/// The parser takes the last of two values and says nothing.
enum SingleOptions {
  private static let longNames = ["-o": "--output"]
  private static let names: Set = ["--output", "--text-model", "--quantize", "--format"]

  /// - Throws: `ValidationError` that names both values of an option that is given twice.
  static func check(_ arguments: some Sequence<String>) throws {
    var given: [String: String] = [:]
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst(), argument != "--" {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = longNames[String(parts[0])] ?? String(parts[0])
      guard names.contains(name) else { continue }
      let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() ?? ""
      if let other = given.updateValue(value, forKey: name) {
        throw ValidationError(
          "\(name) is given twice, as \(other) and as \(value); expected it once.")
      }
    }
  }
}
