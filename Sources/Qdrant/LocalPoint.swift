import TesseraCheckpoints
import TesseraJSON

/// A point as qdrant-client's local mode keeps it.
package struct LocalPoint: Sendable {
  package let id: PointID
  /// A JSON object.
  package let payload: String
  /// By their names; the one without a name under "".
  package private(set) var dense: [String: [Float]] = [:]
  package private(set) var multi: [String: [[Float]]] = [:]
  package private(set) var sparse: [String: (indices: [Int], values: [Float])] = [:]

  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: `PickleError` for what may not stand in a point, or what else it is not.
  package init(_ bytes: UnsafeRawBufferPointer) throws {
    guard case .point(let fields) = try PickledValue(bytes) else {
      throw Unreadable(description: "expected a point, found another value")
    }
    id = try Self.id(fields["id"] ?? .none)
    var json = JSONWriter()
    switch fields["payload"] ?? .none {
    case .none: json.writeRaw("{}")
    case .dictionary(let members): try Self.write(members, to: &json)
    default: throw Unreadable(description: "expected a dictionary as payload")
    }
    payload = json.text
    switch fields["vector"] ?? .none {
    case .dictionary(let members):
      for (key, value) in members {
        guard case .text(let name) = key else {
          throw Unreadable(description: "expected names of vectors")
        }
        try take(value, as: name)
      }
    case let vector: try take(vector, as: "")
    }
  }

  static func id(_ value: PickledValue) throws -> PointID {
    switch value {
    case .int(let number) where number >= 0: return .number(UInt64(number))
    case .bigInt(let digits):
      if let number = UInt64(digits) { return .number(number) }
    case .text(let text):
      if let uuid = PointID.uuid(text) { return .uuid(uuid) }
    default: break
    }
    throw Unreadable(description: "expected a number or a UUID as id")
  }

  private mutating func take(_ value: PickledValue, as name: String) throws {
    switch value {
    case .none: break
    case .sparseVector(let fields):
      guard case .list(let indices) = fields["indices"], case .list(let values) = fields["values"],
        indices.count == values.count
      else { throw Unreadable(description: "expected as many indices as values") }
      sparse[name] = (
        try indices.map { index in
          guard case .int(let index) = index else {
            throw Unreadable(description: "expected integers as indices")
          }
          return index
        }, try values.map(Self.number)
      )
    case .list(let elements):
      if case .list = elements.first {
        multi[name] = try elements.map { row in
          guard case .list(let row) = row else {
            throw Unreadable(description: "expected a list of vectors")
          }
          return try row.map(Self.number)
        }
      } else {
        dense[name] = try elements.map(Self.number)
      }
    default: throw Unreadable(description: "expected a vector of numbers")
    }
  }

  private static func number(_ value: PickledValue) throws -> Float {
    switch value {
    case .float(let number): return Float(number)
    case .int(let number): return Float(number)
    default: throw Unreadable(description: "expected numbers in a vector")
    }
  }

  // MARK: Payload

  private static func write(
    _ members: [(key: PickledValue, value: PickledValue)], to json: inout JSONWriter
  ) throws {
    // The writer's closures do not throw: each value is made first.
    let values = try members.map { key, value in
      var part = JSONWriter()
      try write(value, to: &part)
      return (try name(key), part.text)
    }
    json.writeObject { object in
      for (key, value) in values { object.member(key) { $0.writeRaw(value) } }
    }
  }

  /// Python's json makes such names of what is no text.
  private static func name(_ key: PickledValue) throws -> String {
    switch key {
    case .text(let text): return text
    case .int(let number): return "\(number)"
    case .bool(let bool): return "\(bool)"
    case .none: return "null"
    case .float(let number): return "\(number)"
    default: throw Unreadable(description: "expected texts as names of fields")
    }
  }

  private static func write(_ value: PickledValue, to json: inout JSONWriter) throws {
    switch value {
    case .none: json.writeRaw("null")
    case .bool(let bool): json.write(bool)
    case .int(let number): json.write(number)
    case .bigInt(let digits): json.writeRaw(digits)
    case .float(let number): json.write(number)
    case .text(let text): json.write(text)
    case .dictionary(let members): try write(members, to: &json)
    case .list(let elements):
      json.writeRaw("[")
      for (index, element) in elements.enumerated() {
        if index > 0 { json.writeRaw(",") }
        try write(element, to: &json)
      }
      json.writeRaw("]")
    case .point, .sparseVector:
      throw Unreadable(description: "expected fields that JSON has, found an object")
    }
  }
}
