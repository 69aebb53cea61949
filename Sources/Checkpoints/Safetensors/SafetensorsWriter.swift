import TesseraFiles
import TesseraJSON
import TesseraTensors

/// Writes a safetensors file in the order and with the padding of the reference implementation:
/// widest dtypes first, then by name, so that every tensor is aligned to its elements.
package struct SafetensorsWriter {
  /// In the order of the file.
  package let tensors: [TensorInfo]
  package let byteCount: Int
  private let header: String

  package enum PlanError: Error, Equatable, Sendable, CustomStringConvertible {
    case nameTwice(String)
    case reservedName
    case tooLarge
    case headerTooLarge(Int, limit: Int)

    package var description: String {
      switch self {
      case .nameTwice(let name): "two tensors are named \(name.quoted)"
      case .reservedName: "a tensor cannot be named '__metadata__'"
      case .tooLarge: "the tensors together exceed 2^63 bytes"
      case .headerTooLarge(let found, let limit):
        "header: expected at most \(limit) bytes, found \(found)"
      }
    }
  }

  /// Lays the file out.
  /// - Throws: `PlanError`.
  package init(_ tensors: [TensorInfo], metadata: [String: String] = [:]) throws {
    self.tensors = tensors.sorted {
      $0.dtype == $1.dtype
        ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        : $0.dtype.fileRank > $1.dtype.fileRank
    }
    var names: Set<String> = []
    var begins: [Int] = []
    var end = 0
    for tensor in self.tensors {
      guard tensor.name != "__metadata__" else { throw PlanError.reservedName }
      guard names.insert(tensor.name).inserted else { throw PlanError.nameTwice(tensor.name) }
      begins.append(end)
      let (sum, overflow) = end.addingReportingOverflow(tensor.byteCount)
      guard !overflow else { throw PlanError.tooLarge }
      end = sum
    }
    byteCount = end
    header = Self.header(self.tensors, begins: begins, metadata: metadata)
    guard header.utf8.count <= SafetensorsFile.maximumHeaderLength else {
      throw PlanError.headerTooLarge(
        header.utf8.count, limit: SafetensorsFile.maximumHeaderLength)
    }
  }

  /// Streams the file to `path` and waits until the disk holds it.
  ///
  /// No more than one tensor's pages stay in memory.
  ///
  /// - Parameters:
  ///   - path: created, or overwritten.
  ///   - tensor: the elements of one of `tensors`, asked for once each, in order.
  ///   - progress: told the tensor and the bytes just written; may throw to stop.
  /// - Throws: `FileError`, or what the closures throw.
  package func write(
    to path: String, tensor: (TensorInfo) throws -> StoredTensor,
    progress: (TensorInfo, Int) throws -> Void = { _, _ in }
  ) throws {
    let file = try FileWriter(creating: path)
    var length = UInt64(header.utf8.count).littleEndian
    try withUnsafeBytes(of: &length) { try file.write($0) }
    try file.write(header)
    for info in tensors {
      let stored = try tensor(info)
      precondition(
        stored.dtype == info.dtype && stored.shape == info.shape,
        "\(info.name): planned \(info.dtype) \(info.shape), given \(stored.dtype) \(stored.shape)")
      var written = 0
      try stored.withBytes { bytes in
        try file.write(bytes) { count in
          let begin = stored.byteOffset + written
          stored.storage.releasePages(begin..<begin + count)
          written += count
          try progress(info, count)
        }
      }
    }
    try file.synchronize()
  }

  private static func header(
    _ tensors: [TensorInfo], begins: [Int], metadata: [String: String]
  ) -> String {
    var json = JSONWriter()
    json.writeObject { object in
      if !metadata.isEmpty {
        object.object("__metadata__") { object in
          for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            object.member(key, value)
          }
        }
      }
      for (tensor, begin) in zip(tensors, begins) {
        object.object(tensor.name) { object in
          object.member("dtype", tensor.dtype.rawValue)
          object.member("shape", tensor.shape)
          object.member("data_offsets", [begin, begin + tensor.byteCount])
        }
      }
    }
    // The data must begin at a multiple of 8; JSON allows spaces at the end.
    let padding = (8 - json.text.utf8.count % 8) % 8
    return json.text + String(repeating: " ", count: padding)
  }
}

extension DType {
  /// The place in the reference implementation's order of dtypes, narrow to wide.
  fileprivate var fileRank: Int {
    switch self {
    case .bool: 0
    case .u8: 1
    case .i8: 2
    case .i16: 3
    case .u16: 4
    case .f16: 5
    case .bf16: 6
    case .i32: 7
    case .u32: 8
    case .f32: 9
    case .f64: 10
    case .i64: 11
    case .u64: 12
    }
  }
}
