import Foundation

/// What is asked of the file system, with its reasons where it refuses.
enum Folders {
  /// Makes a folder and those above it; one that is there already is fine.
  static func create(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      let code = (error as? CocoaError)?.underlying as? POSIXError
      throw HubError.file(path: path, operation: "create", code: code?.code.rawValue ?? EACCES)
    }
  }

  /// Size of what a path leads to; nil where that is no file.
  static func fileSize(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Names in a folder, in order; none where there is no such folder.
  static func names(in path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Bytes that may still be written where `path` is, or will be.
  static func freeBytes(at path: String) -> Int? {
    var folder = path
    var status = statvfs()
    while statvfs(folder, &status) != 0 {
      guard errno == ENOENT, folder != "/", !folder.isEmpty else { return nil }
      folder = (folder as NSString).deletingLastPathComponent
    }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  /// Writes a small file beside its place and renames it.
  static func write(_ text: String, to path: String) throws {
    try create((path as NSString).deletingLastPathComponent)
    let temporary = "\(path).\(UInt32.random(in: .min ... .max)).tmp"
    do {
      try Data(text.utf8).write(to: URL(filePath: temporary))
    } catch {
      throw HubError.file(path: path, operation: "write", code: errno)
    }
    try rename(temporary, to: path)
  }

  static func rename(_ path: String, to target: String) throws {
    guard Foundation.rename(path, target) == 0 else {
      throw HubError.file(path: target, operation: "move a finished file to", code: errno)
    }
  }

  /// The text of a small file without the white space around it.
  static func text(_ path: String) -> String? {
    (try? String(contentsOfFile: path, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Removes a folder or file; one that is not there is fine.
  static func remove(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw HubError.file(path: path, operation: "remove", code: EACCES)
    }
  }

  /// Bytes of all files below a folder, links not followed.
  static func size(below path: String) -> Int {
    guard let names = FileManager.default.enumerator(atPath: path) else { return 0 }
    var bytes = 0
    for case let name as String in names {
      var status = stat()
      if lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG {
        bytes += Int(status.st_size)
      }
    }
    return bytes
  }
}
