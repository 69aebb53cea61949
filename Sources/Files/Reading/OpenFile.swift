import Foundation

/// A regular file that is open to be read, until this is gone.
package final class OpenFile {
  package let path: String
  /// Bytes when it was opened.
  package let size: Int
  private let descriptor: Int32

  /// - Throws: `FileError` naming the path and the system's reason; what is no regular file has none
  ///   of a file's ends.
  package init(_ path: String) throws {
    self.path = path
    // Without O_NONBLOCK, a named pipe would block here for ever.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw FileError(path: path, operation: "read the size of", code: code)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let code = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
      throw FileError(path: path, operation: "read", code: code)
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Where the next byte to be read stands.
  ///
  /// - Throws: `FileError`.
  package func seek(to position: Int) throws {
    guard lseek(descriptor, off_t(position), SEEK_SET) >= 0 else {
      throw FileError(path: path, operation: "read", code: errno)
    }
  }

  /// Reads on until the memory is full or the file ends, and gives the bytes read.
  ///
  /// - Throws: `FileError`.
  package func read(into memory: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < memory.count, let start = memory.baseAddress {
      let count = Foundation.read(descriptor, start + done, memory.count - done)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path: path, operation: "read", code: errno) }
      guard count > 0 else { break }
      done += count
    }
    return done
  }
}
