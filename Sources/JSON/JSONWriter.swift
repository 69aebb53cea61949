/// Writes JSON text: keys in the order given, numbers in the shortest form that reads back equal.
///
/// A row of 10,000 embeddings is mostly numbers; this appends bytes and nothing else.
package struct JSONWriter {
  package private(set) var text = ""

  package init() {}

  package mutating func writeRaw(_ json: String) { text += json }

  package mutating func write(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      // U+2028 and U+2029 end a line for some readers of JSON lines.
      case "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }

  package mutating func write(_ value: Int) { text += String(value) }

  /// JSON has no NaN and no infinity: they are written as null.
  package mutating func write(_ value: Float) {
    text += value.isFinite ? value.description : "null"
  }

  package mutating func write(_ value: Double) {
    text += value.isFinite ? value.description : "null"
  }

  package mutating func write(_ value: Bool) { text += value ? "true" : "false" }

  /// Writes `[…]`, calling `write` for each element.
  package mutating func writeArray<Elements: Sequence>(
    _ elements: Elements, _ write: (inout JSONWriter, Elements.Element) -> Void
  ) {
    text += "["
    var isFirst = true
    for element in elements {
      if !isFirst { text += "," }
      isFirst = false
      write(&self, element)
    }
    text += "]"
  }

  /// Writes `{…}`; `body` calls `member` for each key.
  package mutating func writeObject(_ body: (inout ObjectWriter) -> Void) {
    text += "{"
    var object = ObjectWriter(json: self)
    // The text moves into the object writer and back, so that it is never copied.
    text = ""
    body(&object)
    self = object.json
    text += "}"
  }

  /// An object and a line feed: a report, or a row of one.
  package static func line(_ body: (inout ObjectWriter) -> Void) -> String {
    var json = JSONWriter()
    json.writeObject(body)
    json.writeRaw("\n")
    return json.text
  }

  package struct ObjectWriter {
    fileprivate var json: JSONWriter
    private var isFirst = true

    fileprivate init(json: JSONWriter) { self.json = json }

    package mutating func member(_ key: String, _ write: (inout JSONWriter) -> Void) {
      if !isFirst { json.text += "," }
      isFirst = false
      json.write(key)
      json.text += ":"
      write(&json)
    }

    package mutating func member(_ key: String, _ value: some JSONWritable) {
      member(key) { value.writeJSON(to: &$0) }
    }

    /// A member that is an object.
    package mutating func object(_ key: String, _ body: (inout ObjectWriter) -> Void) {
      member(key) { $0.writeObject(body) }
    }

    /// A member that is an array with an object for each element.
    package mutating func objects<Elements: Sequence>(
      _ key: String, _ elements: Elements,
      _ body: (inout ObjectWriter, Elements.Element) -> Void
    ) {
      member(key) {
        $0.writeArray(elements) { json, element in json.writeObject { body(&$0, element) } }
      }
    }
  }
}
