import TesseraFiles
import TesseraJSON
import TesseraTensors

/// A memory-mapped safetensors file, checked in full when opened.
///
/// The format: 8 bytes of little-endian header length, a JSON object that gives each tensor's
/// dtype, shape and place, then the elements. The tensors must cover the data without holes or
/// overlap, so a file has one reading only.
package struct SafetensorsFile: Sendable {
  package let path: String
  /// The free-form texts under `__metadata__`.
  package let metadata: [String: String]
  /// In the header's order.
  package let tensors: [TensorInfo]

  private let storage: TensorStorage
  private let byteOffsets: [Int]
  private let indices: [String: Int]

  /// The reference's own bound.
  package static let maximumHeaderLength = 100_000_000
  /// More than any framework creates; it keeps a header from spending its bytes on one shape.
  static let maximumRank = 64

  /// Maps and checks a file.
  /// - Throws: `FileError`, or `SafetensorsError` with the first thing that is wrong.
  package init(path: String) throws {
    let storage = TensorStorage(try MappedFile(path))
    let header: SafetensorsHeader
    let dataStart: Int
    do {
      (header, dataStart) = try withExtendedLifetime(storage) {
        let range = try Self.headerRange(of: storage.bytes)
        let header = try SafetensorsHeader(
          UnsafeRawBufferPointer(rebasing: storage.bytes[range]))
        try header.checkCoverage(of: storage.bytes.count - range.upperBound)
        return (header, range.upperBound)
      }
    } catch let error as JSONError {
      throw SafetensorsError(file: path, reason: .json(error))
    } catch let reason as SafetensorsError.Reason {
      throw SafetensorsError(file: path, reason: reason)
    }
    self.path = path
    self.metadata = header.metadata
    self.tensors = header.tensors
    self.storage = storage
    self.byteOffsets = header.begins.map { dataStart + $0 }
    self.indices = header.indices
  }

  package var names: [String] { tensors.map(\.name) }

  package func info(_ name: String) -> TensorInfo? { indices[name].map { tensors[$0] } }

  /// A view of the mapped file; nothing is copied.
  package subscript(name: String) -> StoredTensor? {
    guard let index = indices[name] else { return nil }
    return StoredTensor(
      dtype: tensors[index].dtype, shape: tensors[index].shape, storage: storage,
      byteOffset: byteOffsets[index])
  }

  private static func headerRange(of file: UnsafeRawBufferPointer) throws -> Range<Int> {
    typealias Reason = SafetensorsError.Reason
    guard let length = file.littleEndian(at: 0, as: UInt64.self) else {
      throw Reason.noHeaderLength(fileSize: file.count)
    }
    guard length <= maximumHeaderLength else {
      throw Reason.headerTooLarge(length, limit: maximumHeaderLength)
    }
    guard Int(length) <= file.count - 8 else {
      throw Reason.headerBeyondEnd(length: Int(length), available: file.count - 8)
    }
    guard length > 0, file[8] == UInt8(ascii: "{") else {
      throw Reason.headerNotAnObject(found: length > 0 ? file[8] : nil)
    }
    return 8..<8 + Int(length)
  }
}

extension SafetensorsError.Reason: Error {}
