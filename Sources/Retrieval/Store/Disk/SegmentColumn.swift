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
    "\(folder)/dense-\(Self.digits(segment))\(rawValue).npy"
  }

  static func digits(_ segment: Int) -> String {
    let digits = String(segment)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// The segment that a file of a store belongs to; nil for other files.
  static func segment(ofFile name: String) -> Int? {
    let kinds = ["dense"] + ListKind.allCases.map(\.rawValue)
    guard let kind = kinds.first(where: { name.hasPrefix($0 + "-") }), name.hasSuffix(".npy") else {
      return nil
    }
    return Int(name.dropFirst(kind.count + 1).prefix { $0.isASCII && $0.isNumber })
  }

  /// The header of no rows.
  func header(dimension: Int) -> NumPyHeader {
    switch self {
    case .vectors: NumPyHeader(type: "<f4", row: [dimension])
    case .codes: NumPyHeader(type: "|i1", row: [dimension])
    case .scales, .errors, .norms: NumPyHeader(type: "<f4", row: [])
    }
  }

  func bytesPerRow(dimension: Int) -> Int { header(dimension: dimension).bytesPerRow }
}

extension NumPyHeader {
  /// Of a file of a segment, without rows yet.
  ///
  /// - Parameter row: the shape of a row.
  init(type: String, row: [Int]) {
    self.init(type: type, shape: [0] + row, byteCount: SegmentColumn.headerLength)
  }

  /// The same for a number of rows.
  func counting(_ rows: Int) -> NumPyHeader {
    NumPyHeader(type: type, shape: [rows] + shape.dropFirst(), byteCount: byteCount)
  }

  /// The last character of an element's type is its size.
  var bytesPerRow: Int {
    shape.dropFirst().reduce(type.last?.wholeNumberValue ?? 0, *)
  }
}

/// A file of a segment, open to be written to.
final class SegmentFile {
  private let path: String
  private let descriptor: Int32
  private let header: NumPyHeader

  /// - Parameter header: that of no rows.
  /// - Throws: `FileError`.
  init(_ path: String, of header: NumPyHeader) throws {
    self.path = path
    self.header = header
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
  }

  deinit { close(descriptor) }

  /// Writes whole rows over whatever stands there: what no transaction counts, nobody reads.
  func write(_ bytes: UnsafeRawBufferPointer, atRow row: Int) throws {
    try write(bytes, at: header.byteCount + row * header.bytesPerRow)
  }

  /// Says in the header how many rows there are, for readers other than this one.
  func writeHeader(rows: Int) throws {
    let bytes = header.counting(rows).bytes
    var found = [UInt8](repeating: 0, count: bytes.count)
    guard pread(descriptor, &found, found.count, 0) != bytes.count || found != bytes else { return }
    try bytes.withUnsafeBytes { try write($0, at: 0) }
  }

  /// The number in a row of a file of 64-bit ones.
  func number(atRow row: Int) throws -> Int64 {
    var number: Int64 = 0
    let offset = header.byteCount + row * header.bytesPerRow
    let count = withUnsafeMutableBytes(of: &number) {
      pread(descriptor, $0.baseAddress, $0.count, off_t(offset))
    }
    guard count == MemoryLayout<Int64>.size else {
      throw StoreError.truncated(file: path, expected: offset + 8, found: offset)
    }
    return Int64(littleEndian: number)
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
