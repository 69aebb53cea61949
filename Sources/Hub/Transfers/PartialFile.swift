import Foundation

/// A file on its way: what came of it stays where it is, until it is whole or proves wrong.
final class PartialFile {
  private let path: String
  private let file: RepositoryFile
  private let descriptor: Int32
  private var hasher: Checksum.Hasher
  private(set) var count = 0

  private static let pieceSize = 4 << 20

  /// Opens the file and reads what an earlier run left of it.
  /// - Throws: `HubError.file`.
  init(_ path: String, of file: RepositoryFile) throws {
    try Folders.create((path as NSString).deletingLastPathComponent)
    self.path = path
    self.file = file
    hasher = file.checksum.hasher(size: file.size)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw HubError.file(path: path, operation: "create", code: errno)
    }
    try readOn()
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  private func readOn() throws {
    var piece = Data(count: Self.pieceSize)
    while count <= file.size {
      let found = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if found < 0, errno == EINTR { continue }
      guard found >= 0 else { throw HubError.file(path: path, operation: "read", code: errno) }
      if found == 0 { return }
      hasher.update(piece.prefix(found))
      count += found
    }
    try startOver()
  }

  /// Forgets all that came.
  func startOver() throws {
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw HubError.file(path: path, operation: "empty", code: errno)
    }
    hasher = file.checksum.hasher(size: file.size)
    count = 0
  }

  func append(_ bytes: Data) throws {
    try bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        let written = write(descriptor, piece.baseAddress, piece.count)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else {
          throw HubError.file(
            path: path, operation: "write", code: written < 0 ? errno : ENOSPC)
        }
        rest = rest.dropFirst(written)
      }
    }
    hasher.update(bytes)
    count += bytes.count
  }

  /// Moves the file to its name if its bytes are right, and removes it otherwise.
  /// - Throws: `HubError.wrongHash`, `HubError.file`.
  func finish(as target: String) throws {
    guard count == file.size, hasher.digits == "\(file.checksum)" else {
      _ = unlink(path)
      throw HubError.wrongHash(
        file: file.path, expected: "\(file.checksum)", found: hasher.digits)
    }
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw HubError.file(path: path, operation: "flush", code: errno)
    }
    try Folders.rename(path, to: target)
  }
}
