/// The two files of one kind of lists, of the segment that grows.
final class ListFiles {
  private let vectors: SegmentFile
  private let ends: SegmentFile
  private let width: Int
  /// Vectors that are written.
  private(set) var count: Int

  /// - Parameter rows: of the segment, so far.
  /// - Throws: `FileError`.
  init(_ kind: ListKind, width: Int, folder: String, segment: Int, rows: Int) throws {
    self.width = width
    vectors = try SegmentFile(
      kind.path(folder, segment: segment), of: NumPyHeader(type: "<f4", row: [width]))
    ends = try SegmentFile(
      kind.endsPath(folder, segment: segment), of: NumPyHeader(type: "<i8", row: []))
    count = rows == 0 ? 0 : Int(try ends.number(atRow: rows - 1))
  }

  /// Writes the lists of some rows behind those before, and gives their hash.
  func write(_ block: ListBlock, atRow row: Int) throws -> String {
    precondition(block.width == width, "lists of vectors of \(block.width), not \(width)")
    var hash = SHA256()
    let first = count
    try block.withLists { numbers, ends in
      let bytes = UnsafeRawBufferPointer(numbers)
      try vectors.write(bytes, atRow: first)
      hash.update(bytes)
      let shifted = ends.map { $0 + Int64(first) }
      try shifted.withUnsafeBytes {
        try self.ends.write($0, atRow: row)
        hash.update($0)
      }
      count = Int(shifted.last ?? Int64(first))
    }
    return hash.hexadecimal()
  }

  func synchronize() throws {
    try vectors.synchronize()
    try ends.synchronize()
  }

  func writeHeaders(rows: Int) throws {
    try vectors.writeHeader(rows: count)
    try ends.writeHeader(rows: rows)
  }
}
