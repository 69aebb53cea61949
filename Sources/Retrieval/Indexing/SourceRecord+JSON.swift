import TesseraJSON

extension SourceRecord {
  /// For stores that keep it with each row of the file.
  package func write(to object: inout JSONWriter.ObjectWriter) {
    object.member("path", path)
    object.member("name", name)
    if let caption { object.member("caption", caption) }
    object.member("kind", kind)
    object.member("bytes", byteCount)
    // Nanoseconds have more digits than a number of JSON keeps everywhere.
    object.member("modified", "\(modified)")
    object.member("signature", signature)
    object.member("sha256", sha256)
    object.member("checked", "\(checked)")
    object.member("state", state.rawValue)
    if let error { object.member("error", error) }
  }

  /// Nil where it is none.
  package init?(json: JSONValue) {
    guard let path = json["path"]?.string else { return nil }
    self.init(path: path)
    name = json["name"]?.string ?? path
    caption = json["caption"]?.string
    kind = json["kind"]?.string ?? ""
    byteCount = json["bytes"]?.number.flatMap { Int(exactly: $0) } ?? 0
    modified = json["modified"]?.string.flatMap { Int($0) } ?? 0
    signature = json["signature"]?.string ?? ""
    sha256 = json["sha256"]?.string ?? ""
    checked = json["checked"]?.string.flatMap { Int($0) } ?? 0
    state = json["state"]?.string.flatMap { State(rawValue: $0) } ?? .partial
    error = json["error"]?.string
  }
}
