import TesseraFiles
import TesseraTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of one segment: a matrix each, which numpy opens.
enum SegmentColumn: String, CaseIterable {
  case vectors = ""
  case codes = ".codes"
  case scales = ".scales"
  case errors = ".errors"
  case norms = ".norms"

  /// A page, so that what follows can be mapped and is aligned.
  static let headerLength = 4096

  func path(_ folder: String, segment: Int) -> String {
    let digits = String(segment)
    let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
    return "\(folder)/dense-\(zeros)\(digits)\(rawValue).npy"
  }

  /// The segment that a file of a store belongs to; nil for other files.
  static func segment(ofFile name: String) -> Int? {
    guard name.hasPrefix("dense-"), name.hasSuffix(".npy") else { return nil }
    return Int(name.dropFirst(6).prefix { $0.isASCII && $0.isNumber })
  }

  func header(rows: Int, dimension: Int) -> NumPyHeader {
    switch self {
    case .vectors:
      NumPyHeader(type: "<f4", shape: [rows, dimension], byteCount: Self.headerLength)
    case .codes:
      NumPyHeader(type: "|i1", shape: [rows, dimension], byteCount: Self.headerLength)
    case .scales, .errors, .norms:
      NumPyHeader(type: "<f4", shape: [rows], byteCount: Self.headerLength)
    }
  }

  func bytesPerRow(dimension: Int) -> Int {
    switch self {
    case .vectors: dimension * MemoryLayout<Float>.stride
    case .codes: dimension
    case .scales, .errors, .norms: MemoryLayout<Float>.stride
    }
  }
}

/// A file of a segment, open to be written to.
final class SegmentFile {
  private let path: String
  private let descriptor: Int32
  private let column: SegmentColumn
  private let dimension: Int

  /// - Throws: `FileError`.
  init(_ column: SegmentColumn, folder: String, segment: Int, dimension: Int) throws {
    path = column.path(folder, segment: segment)
    self.column = column
    self.dimension = dimension
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
  }

  deinit { close(descriptor) }

  /// Writes whole rows over whatever stands there: what no transaction counts, nobody reads.
  func write(_ bytes: UnsafeRawBufferPointer, atRow row: Int) throws {
    try write(
      bytes, at: SegmentColumn.headerLength + row * column.bytesPerRow(dimension: dimension))
  }

  /// Says in the header how many rows there are, for readers other than this one.
  func writeHeader(rows: Int) throws {
    try column.header(rows: rows, dimension: dimension).bytes.withUnsafeBytes {
      try write($0, at: 0)
    }
  }

  func synchronize() throws {
    #if canImport(Darwin)
      let status = fsync(descriptor)
    #else
      let status = fdatasync(descriptor)
    #endif
    guard status == 0 else { throw FileError(path: path, operation: "flush", code: errno) }
  }

  /// Waits until the names of new files are on the disk.
  static func synchronizeFolder(_ path: String) throws {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
    defer { close(folder) }
    guard fsync(folder) == 0 else {
      throw FileError(path: path, operation: "flush", code: errno)
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw FileError(path: path, operation: "write to", code: count < 0 ? errno : ENOSPC)
      }
      done += count
    }
  }
}
