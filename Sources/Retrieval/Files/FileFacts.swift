import Foundation
import TesseraFiles
import TesseraTensors

/// Size and time of a file, which tell whether it may have changed.
package struct FileFacts: Equatable, Sendable {
  package let byteCount: Int
  /// Nanoseconds since 1970.
  package let modified: Int
  package let isFolder: Bool
  package let isLink: Bool
  package let identity: Identity

  package struct Identity: Hashable, Sendable {
    let device: UInt64
    let number: UInt64
  }

  /// - Parameter followingLinks: false describes a symbolic link itself.
  /// - Throws: `FileError`.
  package init(_ path: String, followingLinks: Bool = true) throws {
    var status = stat()
    guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
      throw FileError(path: path, operation: "open", code: errno)
    }
    byteCount = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    isLink = status.st_mode & S_IFMT == S_IFLNK
    identity = Identity(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      number: UInt64(truncatingIfNeeded: status.st_ino))
  }

  /// Whether there is nothing of this name; false too where that cannot be seen.
  package static func isGone(_ path: String) -> Bool {
    do {
      _ = try FileFacts(path)
      return false
    } catch {
      return (error as? FileError)?.meansAbsence ?? false
    }
  }

  /// What a store keeps to see later that a file is the same.
  package var signature: String { "\(byteCount):\(modified)" }

  /// Now, in the same unit.
  package static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
  }
}
