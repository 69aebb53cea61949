import TesseraJSON
import TesseraTensors

/// The JSON header of a safetensors file, field by field.
struct SafetensorsHeader {
  private(set) var metadata: [String: String] = [:]
  private(set) var tensors: [TensorInfo] = []
  /// Where each tensor begins, in bytes from the end of the header.
  private(set) var begins: [Int] = []
  private(set) var indices: [String: Int] = [:]

  private typealias Reason = SafetensorsError.Reason

  /// - Throws: `JSONError` or `SafetensorsError.Reason`.
  init(_ json: UnsafeRawBufferPointer) throws {
    var header = SafetensorsHeader()
    var hasMetadata = false
    try JSONReader.read(json) { json in
      try json.readObject { name, json in
        if name == "__metadata__" {
          guard !hasMetadata else { throw Reason.metadataTwice }
          hasMetadata = true
          header.metadata = try json.readOptional(Self.readMetadata) ?? [:]
        } else {
          try header.readTensor(name, &json)
        }
      }
    }
    self = header
  }

  private init() {}

  /// Checks that the tensors cover `byteCount` bytes of data, each byte once.
  func checkCoverage(of byteCount: Int) throws {
    let order = tensors.indices.sorted {
      (begins[$0], tensors[$0].byteCount) < (begins[$1], tensors[$1].byteCount)
    }
    var covered = 0
    var previous = ""
    for index in order {
      let name = tensors[index].name
      let begin = begins[index]
      // The parser has checked that this sum is the end offset, which fits.
      let end = begin + tensors[index].byteCount
      guard end <= byteCount else {
        throw Reason.beyondEnd(tensor: name, end: end, available: byteCount)
      }
      guard begin <= covered else { throw Reason.hole(before: name, covered..<begin) }
      guard begin == covered else {
        throw Reason.overlap(tensor: name, with: previous, at: begin)
      }
      covered = end
      previous = name
    }
    guard covered == byteCount else { throw Reason.trailingBytes(covered..<byteCount) }
  }

  private static func readMetadata(_ json: inout JSONReader) throws -> [String: String] {
    var metadata: [String: String] = [:]
    try json.readObject { key, json in
      guard metadata.updateValue(try json.readString(), forKey: key) == nil else {
        throw Reason.metadataKeyTwice(key)
      }
    }
    return metadata
  }

  private mutating func readTensor(_ name: String, _ json: inout JSONReader) throws {
    var dtypeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    try json.readObject { field, json in
      switch field {
      case "dtype":
        guard dtypeName == nil else { throw Reason.fieldTwice(tensor: name, field: field) }
        dtypeName = try json.readString()
      case "shape":
        guard shape == nil else { throw Reason.fieldTwice(tensor: name, field: field) }
        shape = try Self.readNumbers(of: name, field, &json)
      case "data_offsets":
        guard offsets == nil else { throw Reason.fieldTwice(tensor: name, field: field) }
        offsets = try Self.readNumbers(of: name, field, &json)
      default: try json.skipValue()
      }
    }
    guard let dtypeName else { throw Reason.fieldMissing(tensor: name, field: "dtype") }
    guard let shape else { throw Reason.fieldMissing(tensor: name, field: "shape") }
    guard let offsets else { throw Reason.fieldMissing(tensor: name, field: "data_offsets") }
    guard let dtype = DType(rawValue: dtypeName) else {
      throw Reason.unsupportedDType(tensor: name, found: dtypeName)
    }
    guard offsets.count == 2 else {
      throw Reason.notTwoOffsets(tensor: name, found: offsets.count)
    }
    guard offsets[0] <= offsets[1] else {
      throw Reason.offsetsReversed(tensor: name, begin: offsets[0], end: offsets[1])
    }
    guard let info = TensorInfo(name: name, dtype: dtype, shape: shape) else {
      throw Reason.sizeOverflows(tensor: name, shape: shape)
    }
    let size = offsets[1] - offsets[0]
    guard info.byteCount == size else {
      throw Reason.sizeDisagrees(tensor: name, expected: info.byteCount, found: size)
    }
    guard indices.updateValue(tensors.count, forKey: name) == nil else {
      throw Reason.nameTwice(name)
    }
    tensors.append(info)
    begins.append(offsets[0])
  }

  private static func readNumbers(
    of tensor: String, _ field: String, _ json: inout JSONReader
  ) throws -> [Int] {
    var numbers: [Int] = []
    try json.readArray { json in
      let number = try json.readInt()
      guard number >= 0 else {
        throw Reason.negativeNumber(tensor: tensor, field: field, found: number)
      }
      guard numbers.count < SafetensorsFile.maximumRank else {
        throw Reason.tooManyDimensions(tensor: tensor, limit: SafetensorsFile.maximumRank)
      }
      numbers.append(number)
    }
    return numbers
  }
}
