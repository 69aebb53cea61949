import TesseraJSON

/// One item of a list: `{"text": …, "image": …, "id": …}` and any further fields.
///
/// BEIR's names are understood: `_id`, and a `title` that is encoded before the text.
struct ListedItem {
  private(set) var id: String?
  private(set) var text: String?
  private(set) var image: String?
  /// Further fields, as the text of a JSON object.
  private(set) var metadata: String?

  /// - Throws: `JSONError`, `RepeatedKey`.
  init(_ json: inout JSONReader) throws {
    var keys: Set<String> = []
    var title: String?
    var isOfBEIR = false
    var fields: [(key: String, json: String)] = []
    try json.readObject { key, json in
      guard keys.insert(key).inserted else { throw RepeatedKey(key: key) }
      switch key {
      case "text": text = try json.readOptional { try $0.readString() }
      case "image": image = try json.readOptional { try $0.readString() }
      case "id": id = try Self.id(&json) ?? id
      case "_id":
        isOfBEIR = true
        id = try id ?? Self.id(&json)
      default:
        if key == "title", try json.peek() == .string {
          let value = try json.readString()
          title = value
          var writer = JSONWriter()
          writer.write(value)
          fields.append((key, writer.text))
        } else {
          fields.append((key, try json.readVerbatim()))
        }
      }
    }
    if isOfBEIR, let title, !title.isEmpty {
      text = text.map { $0.isEmpty ? title : "\(title) \($0)" } ?? title
    }
    metadata = Self.object(fields)
  }

  /// A record of a table: empty fields are left out, and numbers are numbers.
  init(fields: [(key: String, value: String)]) {
    var rest: [(key: String, json: String)] = []
    for (key, value) in fields where !value.isEmpty {
      switch key {
      case "text": text = value
      case "image": image = value
      case "id": id = value
      default:
        let isNumber = (try? JSONReader.read(value) { try $0.readDouble() }) != nil
        var writer = JSONWriter()
        if isNumber { writer.writeRaw(value) } else { writer.write(value) }
        rest.append((key, writer.text))
      }
    }
    metadata = Self.object(rest)
  }

  private static func id(_ json: inout JSONReader) throws -> String? {
    switch try json.peek() {
    case .string: return try json.readString()
    case .null:
      try json.readNull()
      return nil
    case .number: return try json.readVerbatim()
    default: throw json.expected("a text or a number as the id")
    }
  }

  private static func object(_ fields: [(key: String, json: String)]) -> String? {
    guard !fields.isEmpty else { return nil }
    var writer = JSONWriter()
    writer.writeObject { object in
      for field in fields { object.member(field.key) { $0.writeRaw(field.json) } }
    }
    return writer.text
  }

  struct RepeatedKey: Error, CustomStringConvertible {
    let key: String

    var description: String { "expected each key once; found \"\(key)\" twice" }
  }
}
