import Foundation

/// A folder that appears under its final name complete, or not at all.
///
/// It is written as a hidden sibling, `.NAME.TAG-` and eight hexadecimal digits, flushed to
/// the disk and renamed. While it is written its process holds a lock on it; a sibling without a
/// lock is what a killed process left behind, and the next run removes it.
package struct AtomicFolder {
  private let target: String
  private let replaces: Bool
  private let tag: String

  private var parent: String { (target as NSString).deletingLastPathComponent }
  private var prefix: String { ".\((target as NSString).lastPathComponent).\(tag)-" }

  /// - Parameters:
  ///   - target: the folder's final name, an absolute path.
  ///   - replaces: whether an existing folder is replaced.
  ///   - tag: what is being done, in the temporary name; those of other tags are left alone.
  package init(target: String, replaces: Bool, tag: String) {
    self.target = target
    self.replaces = replaces
    self.tag = tag
  }

  /// Lets `body` fill the folder, then moves it to its final name.
  ///
  /// - Parameters:
  ///   - body: is given the folder's temporary path.
  ///   - lastCheck: may throw to stop when all is on the disk, before the folder appears.
  /// - Throws: what these throw, or `FileError`; nothing remains then.
  package func write(
    _ body: (String) throws -> Void, lastCheck: () throws -> Void = {}
  ) throws {
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    removeStale()
    let digits = String(UInt32.random(in: .min ... .max), radix: 16)
    let temporary =
      "\(parent)/\(prefix)" + String(repeating: "0", count: 8 - digits.count) + digits
    guard mkdir(temporary, 0o777) == 0 else {
      throw FileError(path: temporary, operation: "create", code: errno)
    }
    do {
      let lock = try FolderHandle(temporary)
      guard lock.lock() else { throw FileError(path: temporary, operation: "lock", code: errno) }
      try body(temporary)
      try lock.synchronize()
      try lastCheck()
      try move(temporary)
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw error
    }
    // After an exchange the temporary name belongs to the old folder.
    try? FileManager.default.removeItem(atPath: temporary)
    try FolderHandle(parent).synchronize()
  }

  private func move(_ temporary: String) throws {
    guard Self.exists(target) else {
      guard rename(temporary, target) == 0 else { throw renameError() }
      return
    }
    guard replaces else { throw FileError(path: target, operation: "create", code: EEXIST) }
    if exchangeNames(temporary, target) { return }
    // File systems without an atomic exchange: the old folder steps aside first.
    let old = temporary + ".old"
    guard rename(target, old) == 0 else { throw renameError() }
    guard rename(temporary, target) == 0 else {
      let error = renameError()
      _ = rename(old, target)
      throw error
    }
    try? FileManager.default.removeItem(atPath: old)
  }

  private func renameError() -> FileError {
    FileError(path: target, operation: "move the finished folder to", code: errno)
  }

  /// Removes what killed processes left behind.
  private func removeStale() {
    let siblings = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for name in siblings where name.hasPrefix(prefix) {
      let digits = name.dropFirst(prefix.count)
      guard digits.count == 8, digits.allSatisfy(\.isHexDigit) else { continue }
      let path = "\(parent)/\(name)"
      if let folder = try? FolderHandle(path), folder.lock() {
        try? FileManager.default.removeItem(atPath: path)
      }
    }
  }

  /// Whether anything stands there, a dangling symbolic link too.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }
}

/// Swaps what two paths name in one step; false where the system cannot.
private func exchangeNames(_ one: String, _ other: String) -> Bool {
  #if canImport(Darwin)
    return renamex_np(one, other, UInt32(RENAME_SWAP)) == 0
  #else
    // The C library has it, but its header shows it only to GNU C.
    typealias RenameAt2 =
      @convention(c) (
        Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
      ) -> Int32
    guard let symbol = dlsym(nil, "renameat2") else { return false }
    let renameAt2 = unsafeBitCast(symbol, to: RenameAt2.self)
    let exchange: UInt32 = 1 << 1
    return renameAt2(AT_FDCWD, one, AT_FDCWD, other, exchange) == 0
  #endif
}

/// An open folder, for what only a descriptor can do.
private struct FolderHandle: ~Copyable {
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    self.path = path
  }

  deinit { close(descriptor) }

  /// Locks the folder until the process ends; false where another process holds it.
  func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Waits until the disk holds the folder's entries.
  func synchronize() throws {
    // Some network file systems cannot flush a folder, and say so by EINVAL.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw FileError(path: path, operation: "flush", code: errno)
    }
  }
}
