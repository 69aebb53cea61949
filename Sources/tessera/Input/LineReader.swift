import Foundation
import Tensors

/// Reads a file, or standard input, line by line.
final class LineReader {
  struct Line {
    /// From 1.
    let number: Int
    /// Without the line feed.
    let bytes: ArraySlice<UInt8>

    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
  }

  private let path: String
  private let descriptor: Int32
  private var buffer: ArraySlice<UInt8> = []
  private var number = 0
  private var isAtEnd = false

  private static let chunk = 1 << 16

  init(path: String) throws {
    self.path = path == "-" ? "standard input" : path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
  }

  deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

  /// The next line; nil at the end. The last one need not end with a line feed.
  func next() throws -> Line? {
    var searched = buffer.startIndex
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer = buffer[(end + 1)...] }
        return line(buffer[..<end])
      }
      if isAtEnd {
        guard !buffer.isEmpty else { return nil }
        defer { buffer = [] }
        return line(buffer)
      }
      let unread = buffer.count
      try fill()
      searched = buffer.startIndex + unread
    }
  }

  private func line(_ bytes: ArraySlice<UInt8>) -> Line {
    number += 1
    // Some editors open a file with a byte order mark.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return Line(
      number: number, bytes: number == 1 && bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes)
  }

  private func fill() throws {
    let rest = buffer
    var count = 0
    var code: Int32 = 0
    let filled = [UInt8](unsafeUninitializedCapacity: rest.count + Self.chunk) { memory, total in
      _ = memory.initialize(from: rest)
      repeat {
        count = memory.baseAddress.map { read(descriptor, $0 + rest.count, Self.chunk) } ?? 0
      } while count < 0 && errno == EINTR
      if count < 0 { code = errno }
      total = rest.count + max(count, 0)
    }
    guard count >= 0 else { throw FileError(path: path, operation: "read", code: code) }
    buffer = filled[...]
    isAtEnd = count == 0
  }
}
