import Foundation
import TesseraFiles
import TesseraTensors

/// A file, or standard output, written through a buffer; every write is checked.
final class OutputFile {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  private static let capacity = 1 << 16

  /// Opens a file, or standard output if the path is nil or -.
  ///
  /// `input` is the file that is read meanwhile, which must not be written over.
  init(path: String?, whileReading input: FileIdentity? = nil) throws {
    guard let path, path != "-" else {
      self.path = "standard output"
      descriptor = STDOUT_FILENO
      return
    }
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    guard let identity = FileIdentity(descriptor: descriptor) else { return }
    guard identity != input else { throw OutputIsInput(path: path) }
    guard ftruncate(descriptor, 0) == 0 else {
      throw FileError(path: path, operation: "empty", code: errno)
    }
  }

  deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

  /// Whether what was written can be written again.
  var isSeekable: Bool {
    lseek(descriptor, 0, SEEK_CUR) >= 0 && descriptor != STDOUT_FILENO
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Adds whole rows; they are written together.
  func write(_ bytes: [UInt8]) throws {
    buffer += bytes
    if buffer.count >= Self.capacity { try flush() }
  }

  func flush() throws {
    guard !buffer.isEmpty else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    try Interruption.withheld { try writeBuffer() }
  }

  private func writeBuffer() throws {
    try buffer.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Foundation.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
          if Polling.mayRetry(descriptor, POLLOUT) { continue }
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

  /// Writes what is left, down to the disk, which may be when it says that it is full.
  func finish() throws {
    try flush()
    // What is no file on a disk cannot be synchronised, and need not be.
    if descriptor != STDOUT_FILENO, fsync(descriptor) != 0, errno == EIO || errno == ENOSPC {
      throw FileError(path: path, operation: "write to", code: errno)
    }
  }
}

/// An output that would destroy the input before it is read.
struct OutputIsInput: Error, CustomStringConvertible {
  let path: String

  var description: String { "\(path) is the input; expected another file to write to" }
}
