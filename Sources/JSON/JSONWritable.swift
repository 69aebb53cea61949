/// What is written as one JSON value.
package protocol JSONWritable {
  func writeJSON(to json: inout JSONWriter)
}

extension Int: JSONWritable {
  package func writeJSON(to json: inout JSONWriter) { json.write(self) }
}

extension Float: JSONWritable {
  package func writeJSON(to json: inout JSONWriter) { json.write(self) }
}

extension Double: JSONWritable {
  package func writeJSON(to json: inout JSONWriter) { json.write(self) }
}

extension Bool: JSONWritable {
  package func writeJSON(to json: inout JSONWriter) { json.write(self) }
}

extension String: JSONWritable {
  package func writeJSON(to json: inout JSONWriter) { json.write(self) }
}

extension Array: JSONWritable where Element: JSONWritable {
  package func writeJSON(to json: inout JSONWriter) {
    json.writeArray(self) { $1.writeJSON(to: &$0) }
  }
}
