import Foundation
import TesseraFiles
import TesseraTensors

/// Where an output goes.
///
/// A file is written beside its name, and moved there when it is whole: until then, and wherever
/// the run ends before, what stood there stays. A pipe, a terminal or a device is written as it is.
///
/// While a run lives it holds a lock on what it writes. What nobody holds was left by a run that was
/// killed, and the next one for the same name removes it.
final class Destination {
  /// As the user named it.
  let name: String
  /// What is written to.
  let path: String
  /// The file that is replaced, links followed; nil where nothing is moved.
  private let target: String?
  private var removal: Interruption.Removal?
  /// An open descriptor that holds the lock; nil where nothing is moved.
  private var lock: Int32?

  /// - Throws: `FileError` where nothing can be written, `OutputError.noName`.
  init(_ name: String) throws {
    guard !name.isEmpty else { throw OutputError.noName }
    self.name = name
    var status = stat()
    let exists = stat(name, &status) == 0
    let isFile = status.st_mode & S_IFMT == S_IFREG
    if exists && status.st_mode & S_IFMT == S_IFDIR {
      throw FileError(path: name, operation: "write to", code: EISDIR)
    }
    // What the shell opened for the command belongs to the shell, even if it is a file.
    if exists && !isFile || name.hasPrefix("/dev/") || name.hasPrefix("/proc/") {
      (path, target, lock) = (name, nil, nil)
      return
    }
    let target = Self.followingLinks(name)
    let slash = target.lastIndex(of: "/").map { target.index(after: $0) } ?? target.startIndex
    let folder = String(target[..<slash])
    let prefix = ".\(target[slash...].prefix(200)).tessera-"
    LockedFile.removeLeft(in: folder, prefix: prefix)
    while true {
      let path = folder + prefix + String(UInt32.random(in: .min ... .max), radix: 16)
      // Before the file is there: a signal may come as soon as it is.
      guard let removal = Interruption.removal(of: path) else {
        throw FileError(path: name, operation: "create", code: ENOMEM)
      }
      do {
        guard let descriptor = try LockedFile.create(path) else {
          removal.cancel()
          continue
        }
        (self.path, self.target, self.removal, lock) = (path, target, removal, descriptor)
        // Who may read the old file may read the new one.
        if exists { fchmod(descriptor, status.st_mode & 0o777) }
        return
      } catch {
        removal.cancel()
        throw FileError(path: name, operation: exists ? "write to" : "create", code: error.code)
      }
    }
  }

  deinit {
    if let removal {
      unlink(path)
      removal.cancel()
    }
    release()
  }

  private func release() {
    if let lock { close(lock) }
    lock = nil
  }

  /// Puts what was written in its place.
  ///
  /// - Throws: `FileError`.
  func commit() throws {
    guard let target, let removal else { return }
    guard rename(path, target) == 0 else {
      throw FileError(path: name, operation: "move the finished file to", code: errno)
    }
    removal.cancel()
    self.removal = nil
    // A finished file belongs to whoever opens it next.
    release()
    // The disk holds the name as well; where it cannot say so, nothing is lost now.
    let slash = target.lastIndex(of: "/")
    let folder = open(slash.map { String(target[...$0]) } ?? ".", O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Has `body` write a whole file to a path.
  ///
  /// - Throws: what `body` throws; an error of the file names it as the user did.
  static func write(to name: String, _ body: (URL) throws -> Void) throws {
    let destination = try Destination(name)
    do {
      try body(URL(filePath: destination.path))
    } catch let error as FileError where error.path.hasSuffix(destination.path) {
      throw FileError(path: name, operation: error.operation, code: error.code)
    }
    try destination.commit()
  }

  /// The file that a name leads to, be it there or not.
  private static func followingLinks(_ name: String) -> String {
    var path = name
    // As many links as the system follows.
    for _ in 0..<40 {
      guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        break
      }
      let slash = path.lastIndex(of: "/")
      path = link.hasPrefix("/") ? link : (slash.map { String(path[...$0]) } ?? "") + link
    }
    return path
  }
}
