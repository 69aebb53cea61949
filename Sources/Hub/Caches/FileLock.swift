import Foundation

/// A lock between processes, of the kind (`flock`) that huggingface_hub takes on the same files.
///
/// It ends with its scope, or with the process.
struct FileLock: ~Copyable {
  private let descriptor: Int32

  private static let pause: UInt32 = 100_000

  /// Waits until the lock is free.
  /// - Parameter willWait: called once, where another holds it.
  /// - Throws: `HubError.file`, or what `willWait` throws, which ends the waiting.
  init(_ path: String, willWait: () throws -> Void = {}) throws {
    try Folders.create((path as NSString).deletingLastPathComponent)
    var hasToldOfWaiting = false
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o664)
      guard file >= 0 else { throw HubError.file(path: path, operation: "open", code: errno) }
      if flock(file, LOCK_EX | LOCK_NB) == 0 {
        // Who held it may have removed or renamed the file meanwhile.
        if Self.isStill(path, file) {
          descriptor = file
          return
        }
        close(file)
        continue
      }
      let code = errno
      close(file)
      guard code == EWOULDBLOCK || code == EINTR else {
        throw HubError.file(path: path, operation: "lock", code: code)
      }
      if !hasToldOfWaiting { try willWait() }
      hasToldOfWaiting = true
      usleep(Self.pause)
    }
  }

  deinit { close(descriptor) }

  private static func isStill(_ path: String, _ file: Int32) -> Bool {
    var named = stat()
    var opened = stat()
    return stat(path, &named) == 0 && fstat(file, &opened) == 0
      && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev
  }
}
