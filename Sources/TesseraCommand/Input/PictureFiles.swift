import ArgumentParser
import Foundation
import TesseraFiles
import TesseraImages

/// The picture files that one argument means: a file, those of a folder, or those that a pattern
/// matches where the shell has not looked. In a folder, files of other endings are passed over.
enum PictureFiles {
  /// - Throws: `ValidationError` where a folder or a pattern has no picture, `FileError` where the
  ///   folder is closed to this user.
  static func named(_ argument: String) throws -> [String] {
    if argument == "-" { return ["/dev/stdin"] }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) {
      guard isFolder.boolValue else { return [argument] }
      guard access(argument, R_OK | X_OK) == 0 else {
        throw FileError(path: argument, operation: "look into", code: errno)
      }
      let files = inFolder(argument)
      guard !files.isEmpty else {
        throw ValidationError(
          "The folder \(argument) holds no picture: no file ends with"
            + " \(ImageFormat.endings.sorted().joined(separator: ", ")).")
      }
      return files
    }
    guard isPattern(argument) else { return [argument] }
    let files = matching(argument)
    guard !files.isEmpty else { throw ValidationError("No file matches \(argument).") }
    return files
  }

  static func isPattern(_ argument: String) -> Bool {
    !argument.contains("://") && !argument.hasPrefix("data:")
      && argument.contains { "*?[".contains($0) }
  }

  /// The pictures in a folder and in those below, by name; hidden ones are passed over.
  static func inFolder(_ folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    return names.filter { name in
      let parts = name.split(separator: "/")
      return !parts.contains { $0.hasPrefix(".") }
        && ImageFormat.endings.contains((name as NSString).pathExtension.lowercased())
        && FileIdentity(path: base + name) != nil
    }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { base + $0 }
  }

  /// What the shell would have put in a pattern's place; the pictures of folders that match.
  static func matching(_ pattern: String) -> [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0 else { return [] }
    let paths = (0..<Int(found.gl_pathc)).compactMap { index in
      found.gl_pathv[index].map { String(cString: $0) }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.flatMap { path in
      FileIdentity(path: path) == nil ? inFolder(path) : [path]
    }
  }
}
