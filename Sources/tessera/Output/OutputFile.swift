import Foundation
import Tensors

/// A file, or standard output, written through a buffer; every write is checked.
final class OutputFile {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  private static let capacity = 1 << 16

  /// - Parameter path: nil or - for standard output.
  init(path: String?) throws {
    if let path, path != "-" {
      self.path = path
      descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    } else {
      self.path = "standard output"
      descriptor = STDOUT_FILENO
    }
  }

  deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

  /// Whether what was written can be written again.
  var isSeekable: Bool {
    lseek(descriptor, 0, SEEK_CUR) >= 0 && descriptor != STDOUT_FILENO
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws {
    buffer += bytes
    if buffer.count >= Self.capacity { try flush() }
  }

  func flush() throws {
    defer { buffer.removeAll(keepingCapacity: true) }
    try buffer.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Foundation.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          throw FileError(path: path, operation: "write to", code: errno)
        }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// Writes bytes over the beginning of the file.
  func replaceBeginning(with bytes: [UInt8]) throws {
    try flush()
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileError(path: path, operation: "seek in", code: errno)
    }
    try write(bytes)
    try flush()
  }

  /// Writes what is left and closes the file, which may be when a disk says that it is full.
  func finish() throws {
    try flush()
    if descriptor != STDOUT_FILENO, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS {
      throw FileError(path: path, operation: "write to", code: errno)
    }
  }
}

/// Notes, progress and errors; results never go there.
enum StandardError {
  static func write(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
