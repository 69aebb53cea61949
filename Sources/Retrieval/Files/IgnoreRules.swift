import Foundation
import TesseraFiles

/// What a file of patterns leaves out, as `.gitignore` does: one pattern a line, `#` begins a
/// comment, `!` takes back, a slash at the end means folders, one elsewhere counts from the file's
/// folder.
package struct IgnoreRules: Sendable {
  private struct Rule: Sendable {
    let pattern: GlobPattern
    let isForFolders: Bool
    let isTakingBack: Bool
  }

  package static let fileName = ".tesseraignore"

  private let rules: [Rule]

  package init(_ text: String) {
    rules = text.split(whereSeparator: \.isNewline).compactMap { line in
      var line = line
      while line.last == " " { line = line.dropLast() }
      guard let first = line.first, first != "#" else { return nil }
      let isTakingBack = first == "!"
      if isTakingBack { line = line.dropFirst() }
      let isForFolders = line.last == "/"
      if isForFolders { line = line.dropLast() }
      guard !line.isEmpty else { return nil }
      return Rule(
        pattern: GlobPattern(String(line)), isForFolders: isForFolders, isTakingBack: isTakingBack)
    }
  }

  /// The rules of a folder; none where it has no such file.
  ///
  /// - Throws: what is wrong with the file.
  package init(folder: String) throws {
    let path = "\(folder)/\(Self.fileName)"
    guard FileManager.default.fileExists(atPath: path) else {
      self.init("")
      return
    }
    guard let text = try FileContents(path).withBytes({ String(file: $0) }) else {
      throw NoText(path: path)
    }
    self.init(text)
  }

  private struct NoText: Error, CustomStringConvertible {
    let path: String

    var description: String {
      "\(path): expected patterns in UTF-8; found bytes that are none"
    }
  }

  /// What the last rule that fits says; nil where none does.
  package func ignores(_ path: String, isFolder: Bool) -> Bool? {
    rules.last { ($0.isForFolders ? isFolder : true) && $0.pattern.matches(path) }
      .map { !$0.isTakingBack }
  }
}
