/// The bytes of a file, read into memory.
///
/// A mapped file that somebody cuts short ends the process that touches what is gone; so what users
/// work on, texts and pictures, is read, and only what stands still is mapped (see `MappedFile`).
package struct FileContents: Sendable {
  private let bytes: [UInt8]

  /// Bytes that are enough to tell what a file is.
  private static let beginning = 1 << 12

  /// Reads a whole file, as long as it turns out to be.
  ///
  /// - Parameter check: throws where the first bytes show that the rest need not be read.
  /// - Throws: `FileError` naming the path and the system's reason, or what `check` throws.
  package init(
    _ path: String, checking check: (UnsafeRawBufferPointer) throws -> Void = { _ in }
  ) throws {
    let file = try OpenFile(path)
    var bytes: [UInt8] = []
    // Where a piece is not filled, the file ends; one byte more than there should be shows it at once.
    var room = min(Self.beginning, file.size + 1)
    repeat {
      let piece = try [UInt8](unsafeUninitializedCapacity: room) { memory, count in
        count = try file.read(into: UnsafeMutableRawBufferPointer(memory))
      }
      if bytes.isEmpty {
        try piece.withUnsafeBytes(check)
        bytes.reserveCapacity(file.size + 1)
      }
      bytes += piece
      guard piece.count == room else { break }
      room = max(Self.beginning, file.size + 1 - bytes.count)
    } while true
    self.bytes = bytes
  }

  package func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value
  {
    try bytes.withUnsafeBytes(body)
  }

  /// Hands out a file's bytes in pieces of up to 1 MiB, which are gone when `body` returns.
  ///
  /// - Throws: `FileError`, or what `body` throws.
  package static func forEachPiece(
    of path: String, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let file = try OpenFile(path)
    try withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 1) { memory in
      while true {
        let count = try file.read(into: memory)
        guard count > 0 else { return }
        try body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
      }
    }
  }
}
