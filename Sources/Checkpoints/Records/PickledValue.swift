import TesseraFiles

/// A value that Python pickled, of the kinds that JSON has too, and records with fields.
package enum PickledValue: Equatable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer of more than 64 bits, in decimals.
  case bigInt(String)
  case float(Double)
  case text(String)
  /// A list or a tuple.
  case list([PickledValue])
  case dictionary([(key: PickledValue, value: PickledValue)])
  /// A point of qdrant-client, by its fields.
  case point([String: PickledValue])
  /// A sparse vector of qdrant-client, by its fields.
  case sparseVector([String: PickledValue])

  /// Reads one pickle that fills `bytes`; what it refers to is never looked up, nor called.
  ///
  /// - Throws: `PickleError` that names what is not allowed.
  package init(_ bytes: UnsafeRawBufferPointer) throws {
    let (pickle, end) = try PickleReader.read(bytes, at: 0, dialect: .records)
    var plain = PlainValues(pickle: pickle, bytes: bytes)
    do {
      guard end == bytes.count else {
        throw PickleError.Reason.expected(
          "one value", found: "\(bytes.count - end) bytes behind it")
      }
      self = try plain.value(pickle.root, depth: 0)
    } catch let reason as PickleError.Reason {
      throw PickleError(offset: end, reason: reason)
    }
  }

  package static func == (x: PickledValue, y: PickledValue) -> Bool {
    switch (x, y) {
    case (.none, .none): true
    case (.bool(let x), .bool(let y)): x == y
    case (.int(let x), .int(let y)): x == y
    case (.bigInt(let x), .bigInt(let y)): x == y
    case (.float(let x), .float(let y)): x == y
    case (.text(let x), .text(let y)): x == y
    case (.list(let x), .list(let y)): x == y
    case (.dictionary(let x), .dictionary(let y)):
      x.count == y.count && zip(x, y).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    case (.point(let x), .point(let y)), (.sparseVector(let x), .sparseVector(let y)): x == y
    default: false
    }
  }
}

/// Makes trees of values that refer to each other by number.
private struct PlainValues {
  let pickle: Pickle
  let bytes: UnsafeRawBufferPointer
  private var count = 0

  private static let maximumDepth = 128
  /// A value may stand in many places: what would multiply is refused.
  private static let maximumCount = 32_000_000

  init(pickle: Pickle, bytes: UnsafeRawBufferPointer) {
    self.pickle = pickle
    self.bytes = bytes
  }

  typealias Reason = PickleError.Reason

  mutating func value(_ value: PickleValue, depth: Int) throws -> PickledValue {
    guard depth < Self.maximumDepth else { throw Reason.tooDeep(limit: Self.maximumDepth) }
    count += 1
    guard count <= Self.maximumCount else {
      throw Reason.tooManyOperations(limit: Self.maximumCount)
    }
    switch value {
    case .none: return .none
    case .bool(let bool): return .bool(bool)
    case .int(let int): return .int(int)
    case .bigInt(let text): return .bigInt(Self.decimals(bytes[text.range]))
    case .float(let float): return .float(float)
    case .text(let text):
      guard let string = bytes.text(text.range) else { throw Reason.notUTF8 }
      return .text(string)
    case .tuple: return .list(try list(pickle.elements(value) ?? [], depth))
    case .list(let index): return .list(try list(pickle.lists[Int(index)][...], depth))
    case .dictionary(let index):
      return .dictionary(
        try pickle.dictionaries[Int(index)].map {
          (try self.value($0.key, depth: depth + 1), try self.value($0.value, depth: depth + 1))
        })
    case .record(let index):
      let record = pickle.records[Int(index)]
      let fields = try fields(of: record, depth)
      return record.kind == .point ? .point(fields) : .sparseVector(fields)
    case .emptySet, .global, .storage, .tensor:
      throw Reason.expected("a value that JSON has", found: value.kind)
    }
  }

  private mutating func list(
    _ elements: ArraySlice<PickleValue>, _ depth: Int
  ) throws -> [PickledValue] {
    try elements.map { try value($0, depth: depth + 1) }
  }

  /// pydantic keeps the fields under `__dict__`, beside what is about itself.
  private mutating func fields(
    of record: Pickle.Record, _ depth: Int
  ) throws -> [String: PickledValue] {
    guard case .dictionary(let state) = record.state else {
      throw Reason.expected("an object with its fields", found: "one without")
    }
    let members = pickle.dictionaries[Int(state)]
    let own = try members.last { member in
      guard case .text(let text) = member.key else { return false }
      guard let name = bytes.text(text.range) else { throw Reason.notUTF8 }
      return name == "__dict__"
    }
    guard case .dictionary(let index) = own?.value else {
      throw Reason.expected("an object's __dict__", found: "none")
    }
    var fields: [String: PickledValue] = [:]
    for item in pickle.dictionaries[Int(index)] {
      guard case .text(let name) = try value(item.key, depth: depth + 1) else {
        throw Reason.expected("the name of a field", found: item.key.kind)
      }
      fields[name] = try value(item.value, depth: depth + 1)
    }
    return fields
  }

  /// A two's complement number, the lowest byte first.
  private static func decimals(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    let isNegative = (bytes.last ?? 0) >= 0x80
    var magnitude = Array(bytes)
    if isNegative {
      var carry = true
      for i in magnitude.indices {
        magnitude[i] = ~magnitude[i]
        if carry { (magnitude[i], carry) = magnitude[i].addingReportingOverflow(1) }
      }
    }
    var digits: [Character] = []
    while magnitude.contains(where: { $0 != 0 }) {
      var rest = 0
      for i in magnitude.indices.reversed() {
        rest = rest << 8 | Int(magnitude[i])
        magnitude[i] = UInt8(rest / 10)
        rest %= 10
      }
      digits.append(Character("\(rest)"))
    }
    return (isNegative ? "-" : "") + String(digits.reversed())
  }
}
