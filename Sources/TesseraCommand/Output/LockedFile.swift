import Foundation
import TesseraFiles

/// Files that are held by a lock while their process lives, so that others can tell what a killed one
/// left behind.
enum LockedFile {
  /// Creates a file and locks it; nil where another process took it for one that was left.
  ///
  /// - Returns: a descriptor; the lock is held until it is closed.
  static func create(_ path: String) throws(FileError) -> Int32? {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw FileError(path: path, operation: "create", code: errno)
    }
    // Some file systems know no locks; nobody removes anything there.
    let isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    var status = stat()
    guard !isTaken, fstat(descriptor, &status) == 0, status.st_nlink > 0 else {
      unlink(path)
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// Removes the files of that beginning, with hexadecimal digits behind it, that nobody holds.
  ///
  /// - Parameter folder: with a slash at its end; empty for the current one.
  static func removeLeft(in folder: String, prefix: String) {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)
    for name in names ?? [] where name.hasPrefix(prefix) {
      let digits = name.dropFirst(prefix.count)
      guard (1...8).contains(digits.count), digits.allSatisfy(\.isHexDigit) else { continue }
      let path = folder + name
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
      else { continue }
      unlink(path)
    }
  }
}
