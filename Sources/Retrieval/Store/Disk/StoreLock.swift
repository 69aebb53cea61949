import Foundation
import TesseraFiles
import TesseraTensors

/// Only one process writes to a store; a lock, which ends with its process, says which.
final class StoreLock {
  private let descriptor: Int32

  /// - Throws: `StoreError.locked`, `FileError`.
  init(folder: String) throws {
    let path = "\(folder)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = Self.text(of: descriptor)
      close(descriptor)
      guard code == EWOULDBLOCK else { throw FileError(path: path, operation: "lock", code: code) }
      throw StoreError.locked(folder, holder: holder.isEmpty ? "another process" : holder)
    }
    let holder = "process \(getpid()) on \(ProcessInfo.processInfo.hostName)"
    ftruncate(descriptor, 0)
    // That the name is missing from a message is no reason to fail.
    _ = holder.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  deinit {
    ftruncate(descriptor, 0)
    close(descriptor)
  }

  private static func text(of descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
  }
}
