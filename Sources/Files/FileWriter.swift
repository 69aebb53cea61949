#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file being written, every system call checked; closed when it goes out of scope.
package struct FileWriter: ~Copyable {
  package let path: String
  private let descriptor: Int32

  /// Bytes per `write`: large enough for full speed, small enough to stop soon when asked to.
  static let chunkSize = 8 << 20

  /// Creates the file, or empties an existing one.
  /// - Throws: `FileError`.
  package init(creating path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "create", code: errno) }
    self.path = path
  }

  private init(owning descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Standard output, which outlives the writer.
  package static func standardOutput() throws -> FileWriter {
    let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else {
      throw FileError(path: "standard output", operation: "open", code: errno)
    }
    return FileWriter(owning: copy, path: "standard output")
  }

  deinit { close(descriptor) }

  /// Writes all bytes; `didWrite` is told the size of each piece and may throw to stop.
  /// - Throws: `FileError` (a full disk is `ENOSPC`), or what `didWrite` throws.
  package func write(
    _ bytes: UnsafeRawBufferPointer, didWrite: (Int) throws -> Void = { _ in }
  ) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.chunkSize))
      #if canImport(Darwin)
        let written = Darwin.write(descriptor, piece.baseAddress, piece.count)
      #elseif canImport(Musl)
        let written = Musl.write(descriptor, piece.baseAddress, piece.count)
      #else
        let written = Glibc.write(descriptor, piece.baseAddress, piece.count)
      #endif
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        throw FileError(path: path, operation: "write", code: written < 0 ? errno : ENOSPC)
      }
      rest = rest.dropFirst(written)
      try didWrite(written)
    }
  }

  package func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Waits until the disk holds the file; a pipe has none, and need not.
  package func synchronize() throws {
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS else {
      throw FileError(path: path, operation: "flush", code: errno)
    }
  }
}
