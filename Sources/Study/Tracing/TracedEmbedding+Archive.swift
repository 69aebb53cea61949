import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraTensors

extension TracedEmbedding {
  /// Writes the stages as numpy's archive: a zip file, uncompressed, with a `.npy` entry a stage.
  ///
  /// - Throws: an error that names the file and the system's reason; `ArchiveError.tooLarge` above
  ///   the 4 GB that a plain zip file can hold.
  public func saveArchive(to file: URL) throws {
    var body = Data()
    var directory = Data()
    for stage in stages {
      let name = Data("\(stage.name).npy".utf8)
      let entry = NumpyArray(shape: stage.shape, values: stage.values).data
      guard body.count + entry.count < Int(UInt32.max) else {
        throw ArchiveError.tooLarge(file: file.path)
      }
      let common =
        littleEndian(UInt16(20), 0, 0, 0, 0x21)  // version, flags, stored, time, 1980-01-01
        + littleEndian(CRC32.checksum(of: entry), UInt32(entry.count), UInt32(entry.count))
        + littleEndian(UInt16(name.count), 0)
      directory +=
        littleEndian(UInt32(0x0201_4B50)) + littleEndian(UInt16(20)) + common
        + littleEndian(UInt16(0), 0, 0) + littleEndian(UInt32(0), UInt32(body.count)) + name
      body += littleEndian(UInt32(0x0403_4B50)) + common + name + entry
    }
    let count = UInt16(clamping: stages.count)
    let end =
      littleEndian(UInt32(0x0605_4B50)) + littleEndian(UInt16(0), 0, count, count)
      + littleEndian(UInt32(directory.count), UInt32(body.count)) + littleEndian(UInt16(0))
    try FileWriter.write(body + directory + end, to: file.path)
  }

  /// What keeps an archive from being written.
  public enum ArchiveError: Error, Equatable, CustomStringConvertible {
    /// Larger than a plain zip file can be.
    case tooLarge(file: String)

    /// One line that says what is wrong, and where.
    public var description: String {
      switch self {
      case .tooLarge(let file):
        "\(file): the stages exceed 4 GB; choose fewer, or write a safetensors file"
      }
    }
  }
}

/// numpy's file format, version 1.0, for float32.
private struct NumpyArray {
  let shape: [Int]
  let values: [Float]

  var data: Data {
    let dimensions = shape.map { "\($0)," }.joined(separator: " ")
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(dimensions)), }"
    // Magic, version, length and text together fill a multiple of 64 bytes.
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
    let padding = String(repeating: " ", count: length - text.utf8.count - 1) + "\n"
    return Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0]) + littleEndian(UInt16(length))
      + Data((text + padding).utf8)
      + values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
  }
}

/// The checksum of zip files (ISO 3309), by a table of 256 remainders.
private enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }

  static func checksum(of data: Data) -> UInt32 {
    ~data.reduce(~UInt32(0)) { sum, byte in
      sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)]
    }
  }
}

private func littleEndian<Number: FixedWidthInteger>(_ numbers: Number...) -> Data {
  numbers.reduce(into: Data()) { data, number in
    withUnsafeBytes(of: number.littleEndian) { data += Data($0) }
  }
}
