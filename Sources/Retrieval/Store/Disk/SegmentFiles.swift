import TesseraTensors

/// The files of the segment that grows.
struct SegmentFiles {
  let segment: Int
  private let files: [(column: SegmentColumn, file: SegmentFile)]

  /// - Throws: `FileError`.
  init(_ folder: String, segment: Int, dimension: Int) throws {
    self.segment = segment
    files = try SegmentColumn.allCases.map { column in
      (column, try SegmentFile(column, folder: folder, segment: segment, dimension: dimension))
    }
  }

  /// Writes rows, and gives the hashes of their vectors and of their codes.
  func write(_ block: VectorBlock, atRow row: Int) throws -> (vectors: String, codes: String) {
    let codes = block.codes ?? RowCodes(of: block)
    var hash = SHA256()
    var vectors = ""
    for (column, file) in files {
      try codes.withBytes(of: column, vectors: block) { bytes in
        try file.write(bytes, atRow: row)
        if column == .vectors {
          vectors = SHA256.hexadecimal(of: bytes)
        } else {
          hash.update(bytes)
        }
      }
    }
    return (vectors, hash.hexadecimal())
  }

  func synchronize() throws { for (_, file) in files { try file.synchronize() } }

  func writeHeaders(rows: Int) throws {
    for (_, file) in files { try file.writeHeader(rows: rows) }
  }
}

extension RowCodes {
  /// Lends the bytes of one file's rows.
  func withBytes<Result>(
    of column: SegmentColumn, vectors block: VectorBlock,
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch column {
    case .vectors: try block.vectors.withNumbers { try body(UnsafeRawBufferPointer($0)) }
    case .codes: try codes.withNumbers { try body(UnsafeRawBufferPointer($0)) }
    case .scales: try scales.withNumbers { try body(UnsafeRawBufferPointer($0)) }
    case .errors: try errors.withNumbers { try body(UnsafeRawBufferPointer($0)) }
    case .norms: try norms.withNumbers { try body(UnsafeRawBufferPointer($0)) }
    }
  }
}
