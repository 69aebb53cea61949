import TesseraJSON

extension ItemRow {
  /// What the item is called in its file, `id` or `_id`; its place where it has no name.
  var id: String {
    guard let field = fields.first(where: { ["id", "_id"].contains($0.key) }) else {
      return "\(index)"
    }
    return (try? JSONReader.read(field.json) { try $0.readString() }) ?? field.json
  }
}
