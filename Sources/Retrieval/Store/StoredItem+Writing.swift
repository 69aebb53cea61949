import TesseraJSON

extension StoredItem {
  /// What is known of it in JSON, its id left out.
  package func writeFacts(to object: inout JSONWriter.ObjectWriter) {
    object.member("kind", kind.rawValue)
    if let file { object.member("path", file) }
    if let list { object.member("list", list) }
    if let lines { object.member("lines", [lines.lowerBound, lines.upperBound]) }
    if let text { object.member("text", text) }
    if let image { object.member("image", image) }
    if let width { object.member("width", width) }
    if let height { object.member("height", height) }
    if let taken { object.member("taken", taken) }
    if let metadata { object.member("metadata") { $0.writeRaw(metadata) } }
  }

  /// The file that names its picture; nil where the picture was found by itself.
  private var list: String? { image == nil || path == image ? nil : path }
}
