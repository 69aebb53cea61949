import Foundation
import TesseraFiles
import TesseraTensors

/// A file, or standard output, written through a buffer; every write is checked.
///
/// A file stands under its name only when it is finished.
final class OutputFile {
  private let name: String
  private let descriptor: Int32
  private let destination: Destination?
  private var buffer: [UInt8] = []

  private static let capacity = 1 << 16

  /// Opens a file, or standard output if the path is nil or -.
  init(path: String?) throws {
    guard let path, path != "-", path != "/dev/stdout" else {
      name = "standard output"
      descriptor = STDOUT_FILENO
      destination = nil
      return
    }
    name = path
    let destination = try Destination(path)
    self.destination = destination
    descriptor = open(destination.path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
  }

  /// Goes on behind the end of a file, which is there at once: what is added stays, wherever the run
  /// ends. Until then no other run may do so.
  ///
  /// - Throws: `ResumeError.inUse`, `FileError`.
  init(appendingTo path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    // Some file systems know no locks, and nobody can tell there.
    let isHeld = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    // Another run may have put its own file under the name meanwhile.
    guard !isHeld, FileIdentity(descriptor: descriptor) == FileIdentity(path: path) else {
      close(descriptor)
      throw ResumeError.inUse(path)
    }
    name = path
    destination = nil
    self.descriptor = descriptor
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
          throw FileError(path: name, operation: "write to", code: errno)
        }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// Writes bytes over the beginning of the file.
  func replaceBeginning(with bytes: [UInt8]) throws {
    try flush()
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw FileError(path: name, operation: "seek in", code: errno)
    }
    try write(bytes)
    try flush()
  }

  /// Writes what is left, down to the disk, which may be when it says that it is full, and gives the
  /// file its name.
  func finish() throws {
    try flush()
    // What is no file on a disk cannot be synchronised, and need not be.
    if descriptor != STDOUT_FILENO, fsync(descriptor) != 0,
      [EIO, ENOSPC, EDQUOT, EFBIG].contains(errno)
    {
      throw FileError(path: name, operation: "write to", code: errno)
    }
    try destination?.commit()
  }
}
