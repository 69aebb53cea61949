import TesseraJSON

extension JSONValue {
  /// The value as JSON.
  package var text: String {
    var json = JSONWriter()
    write(to: &json)
    return json.text
  }

  package func write(to json: inout JSONWriter) {
    switch self {
    case .object(let members):
      json.writeObject { object in
        for member in members { object.member(member.key) { member.value.write(to: &$0) } }
      }
    case .array(let elements): json.writeArray(elements) { $1.write(to: &$0) }
    case .string(let value): json.write(value)
    case .number(let value):
      if let whole = Int(exactly: value) { json.write(whole) } else { json.write(value) }
    case .bool(let value): json.write(value)
    case .null: json.writeRaw("null")
    }
  }
}
