import Foundation

/// Reads a file, or standard input, line by line: UTF-8, or UTF-16 by its first bytes.
package final class LineReader {
  package struct Line {
    /// From 1.
    package let number: Int
    /// Without the line feed.
    package let bytes: [UInt8]

    package var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
  }

  /// A longer line is taken for a file that is no text: 256 MiB.
  static let maximumLineLength = 1 << 28

  package let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// The first bytes, until there are enough to tell the encoding; nil from then on.
  private var beginning: [UInt8]? = []
  private var utf16: UTF16Bytes?
  private var bytesRead = 0
  private let fileSize: Int?
  /// Where the next line begins.
  private var start = 0
  /// No line feed stands between the start and here.
  private var searched = 0
  private var number = 0
  private var isAtEnd = false
  /// Whether the line that was handed out last did.
  package private(set) var endedWithLineFeed = true

  private static let chunk = 1 << 16

  /// - Parameter path: `-` for standard input.
  /// - Throws: `FileError`.
  package init(path: String) throws {
    self.path = path == "-" ? "standard input" : path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    var status = stat()
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    fileSize = isFile && status.st_size > 0 ? Int(status.st_size) : nil
  }

  deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

  /// The file that is read; nil for a pipe or a terminal.
  package var identity: FileIdentity? { FileIdentity(descriptor: descriptor) }

  /// How much of the file has been handed out; nil for a pipe or a terminal.
  package var share: Double? {
    fileSize.map { max(0, Double(bytesRead - (buffer.count - start)) / Double($0)) }
  }

  /// The next line; nil at the end.
  ///
  /// The last line need not end with a line feed.
  package func next() throws -> Line? {
    while true {
      if let end = findLineFeed() { return takeLine(to: end, next: end + 1) }
      if isAtEnd {
        return start < buffer.count ? takeLine(to: buffer.count, next: buffer.count) : nil
      }
      guard buffer.count - start <= Self.maximumLineLength else {
        throw LineTooLong(path: path, number: number + 1)
      }
      try fill()
    }
  }

  /// Whether `next` has its answer, and need not wait for whoever writes the input.
  package func isNextAtHand() throws -> Bool {
    while findLineFeed() == nil, !isAtEnd {
      guard Polling.isReady(descriptor, POLLIN) else { return false }
      guard buffer.count - start <= Self.maximumLineLength else { return true }
      try fill()
    }
    return true
  }

  private func findLineFeed() -> Int? {
    let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n"))
    searched = end ?? buffer.count
    return end
  }

  private func takeLine(to end: Int, next: Int) -> Line {
    number += 1
    var bytes = buffer[start..<end]
    // Some editors open a file with a byte order mark.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    if number == 1, bytes.starts(with: mark) { bytes = bytes.dropFirst(mark.count) }
    (start, searched) = (next, next)
    endedWithLineFeed = next > end
    return Line(number: number, bytes: Array(bytes))
  }

  private func fill() throws {
    // Moving what is left only when it is the smaller part keeps the work linear.
    if start > buffer.count / 2 {
      buffer.removeSubrange(..<start)
      searched -= start
      start = 0
    }
    isAtEnd =
      try withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 1) { memory in
        var count = -1
        repeat {
          count = read(descriptor, memory.baseAddress, memory.count)
        } while count < 0 && Polling.mayRetry(descriptor, POLLIN)
        guard count >= 0 else { throw FileError(path: path, operation: "read", code: errno) }
        bytesRead += count
        try take(Array(memory[..<count]))
        return count
      } == 0
  }

  private func take(_ bytes: [UInt8]) throws {
    let isAtEnd = bytes.isEmpty
    var bytes = bytes
    if let beginning {
      bytes = beginning + bytes
      guard isAtEnd || !UTF16Bytes.isUndecided(bytes) else {
        self.beginning = bytes
        return
      }
      self.beginning = nil
      utf16 = UTF16Bytes(beginningOf: bytes)
    }
    guard utf16 != nil else {
      buffer += bytes
      return
    }
    buffer += utf16?.utf8(of: bytes) ?? []
    if isAtEnd, utf16?.isCut == true { throw CutUTF16(path: path) }
  }
}

/// UTF-16 that ends within a character.
struct CutUTF16: Error, CustomStringConvertible {
  let path: String

  var description: String { "\(path): UTF-16 that ends within a character" }
}

/// A line that no item can be.
struct LineTooLong: Error, CustomStringConvertible {
  let path: String
  let number: Int

  var description: String {
    "\(path): line \(number) is longer than \(LineReader.maximumLineLength) bytes"
  }
}
