import TesseraTensors

/// The files of the segment that grows.
struct SegmentFiles {
  let segment: Int
  private let files: [(column: SegmentColumn, file: SegmentFile)]
  private let lists: [(kind: ListKind, files: ListFiles)]

  /// - Parameters:
  ///   - dimension: nil where rows have no dense vectors.
  ///   - widths: numbers in a vector of each kind of list that rows have.
  /// - Throws: `FileError`.
  init(_ folder: String, _ segment: Segment, dimension: Int?, widths: [ListKind: Int]) throws {
    self.segment = segment.number
    files =
      try dimension.map { dimension in
        try SegmentColumn.allCases.map { column in
          let path = column.path(folder, segment: segment.number)
          return (column, try SegmentFile(path, of: column.header(dimension: dimension)))
        }
      } ?? []
    lists = try widths.map { kind, width in
      let files = try ListFiles(
        kind, width: width, folder: folder, segment: segment.number, rows: segment.rowCount)
      return (kind, files)
    }
  }

  /// Writes the lists of rows, and gives the hash of each kind.
  func write(_ blocks: [ListKind: ListBlock], atRow row: Int) throws -> [ListKind: String] {
    var hashes: [ListKind: String] = [:]
    for (kind, files) in lists {
      guard let block = blocks[kind] else { preconditionFailure("rows without \(kind) lists") }
      hashes[kind] = try files.write(block, atRow: row)
    }
    return hashes
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

  func synchronize() throws {
    for (_, file) in files { try file.synchronize() }
    for (_, files) in lists { try files.synchronize() }
  }

  func writeHeaders(rows: Int) throws {
    for (_, file) in files { try file.writeHeader(rows: rows) }
    for (_, files) in lists { try files.writeHeaders(rows: rows) }
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
