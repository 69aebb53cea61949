import ArgumentParser

/// Checks that a file's name says what will be written to it.
enum FileEnding {
  /// - Throws: `ValidationError` unless the file, if there is one, ends so.
  static func require(_ endings: String..., of file: String?, option: String) throws {
    guard let file, !endings.contains(where: file.hasSuffix) else { return }
    let expected = endings.joined(separator: " or ")
    throw ValidationError("\(option) \(file): the name must end with \(expected).")
  }
}
