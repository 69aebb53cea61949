import Foundation
import TesseraJSON
import TesseraRetrieval

/// What a point carries, as a row of a store.
///
/// Points that Tessera wrote have all under `tessera`; beside it stands what LlamaIndex needs to make
/// a node of the point. Those that LlamaIndex or LangChain wrote, and any others, are read as far as
/// they say what they are.
struct QdrantPayload {
  let item: StoredItem
  let source: SourceRecord?

  static let ownKey = "tessera"
  /// Keys of a payload that are none of a row's own fields.
  static let reserved: Set<String> = [
    ownKey, "_node_content", "_node_type", "document_id", "doc_id", "ref_doc_id", "file_path",
    "text",
  ]

  /// - Throws: `JSONError`.
  init(_ payload: String, of id: PointID) throws {
    let value = try JSONReader.read(payload) { try $0.readValue() }
    let members = try Self.members(of: payload)
    if let own = value[Self.ownKey], let name = own["id"]?.string {
      let inner = try members.last { $0.key == Self.ownKey }.map { try Self.members(of: $0.json) }
      let kept = inner?.last { $0.key == "metadata" }.map { try? Self.members(of: $0.json) } ?? nil
      item = Self.item(
        own, id: name,
        metadata: Self.object(members.filter { !Self.reserved.contains($0.key) } + (kept ?? [])))
      source = own["source"].flatMap { SourceRecord(json: $0) }
    } else {
      item = Self.foreign(
        value, id: "\(id)", metadata: Self.object(members.filter { $0.key != "_node_content" }))
      source = nil
    }
  }

  private static func members(of json: String) throws -> [(key: String, json: String)] {
    var members: [(key: String, json: String)] = []
    try JSONReader.read(json) { json in
      guard try json.peek() == .object else { return try json.skipValue() }
      try json.readObject { members.append(($0, try $1.readVerbatim())) }
    }
    return members
  }

  private static func object(_ members: [(key: String, json: String)]) -> String? {
    guard !members.isEmpty else { return nil }
    var json = JSONWriter()
    json.writeObject { object in
      for (key, value) in members { object.member(key) { $0.writeRaw(value) } }
    }
    return json.text
  }

  private static func item(_ own: JSONValue, id: String, metadata: String?) -> StoredItem {
    var item = StoredItem(
      id: id, text: own["text"]?.string, image: own["image"]?.string, path: own["path"]?.string,
      metadata: metadata)
    let lines = (own["lines"]?.array ?? []).compactMap { $0.number.flatMap { Int(exactly: $0) } }
    if lines.count == 2, lines[0] <= lines[1] { item.lines = lines[0]...lines[1] }
    item.width = own["width"]?.number.flatMap { Int(exactly: $0) }
    item.height = own["height"]?.number.flatMap { Int(exactly: $0) }
    item.taken = own["taken"]?.string
    item.contentHash = own["hash"]?.string ?? ""
    item.sourceSignature = own["signature"]?.string
    item.noteKind(own["kind"]?.string)
    return item
  }

  /// What LlamaIndex keeps of a node, LangChain of a document, or others.
  private static func foreign(_ payload: JSONValue, id: String, metadata: String?) -> StoredItem {
    let node = payload["_node_content"]?.string
      .flatMap { text in try? JSONReader.read(text) { try $0.readValue() } }
    func first(_ values: JSONValue?...) -> String? {
      values.lazy.compactMap { $0?.string }.first { !$0.isEmpty }
    }
    let text = first(
      node?["text"], node?["text_resource"]?["text"], payload["text"], payload["page_content"],
      payload["document"])
    let path = first(
      payload["file_path"], node?["metadata"]?["file_path"], payload["metadata"]?["source"],
      payload["source"])
    let image = first(
      node?["image_path"], node?["image_resource"]?["path"], payload["image_path"],
      payload["image"])
    // Without words, a file that is a picture by its name is what was meant.
    let named = text == nil ? path.flatMap { FoundFile.Kind(path: $0) == .picture ? $0 : nil } : nil
    return StoredItem(id: id, text: text, image: image ?? named, path: path, metadata: metadata)
  }
}

extension QdrantPayload {
  /// The payload of a row: for LlamaIndex, and whole for Tessera.
  static func json(_ item: StoredItem, source: SourceRecord?, point: PointID) throws -> String {
    let metadata = try item.metadata.map { try members(of: $0) } ?? []
    let open = metadata.filter { !reserved.contains($0.key) }
    let hidden = object(metadata.filter { reserved.contains($0.key) })
    var json = JSONWriter()
    json.writeObject { object in
      if let file = item.file { object.member("file_path", file) }
      for (key, value) in open { object.member(key) { $0.writeRaw(value) } }
      object.member("_node_type", item.image == nil ? "TextNode" : "ImageNode")
      object.member("_node_content", node(item, open, point))
      let document = source?.path ?? item.path ?? "None"
      for key in ["document_id", "doc_id", "ref_doc_id"] { object.member(key, document) }
      object.object(ownKey) { writeOwn(item, source, hidden, to: &$0) }
    }
    return json.text
  }

  private static func node(
    _ item: StoredItem, _ metadata: [(key: String, json: String)], _ point: PointID
  ) -> String {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("id_", "\(point)")
      object.object("metadata") { object in
        if let file = item.file { object.member("file_path", file) }
        for (key, value) in metadata { object.member(key) { $0.writeRaw(value) } }
      }
      object.member("text", item.text ?? "")
      if let image = item.image { object.member("image_path", image) }
      object.member("class_name", item.image == nil ? "TextNode" : "ImageNode")
    }
    return json.text
  }

  private static func writeOwn(
    _ item: StoredItem, _ source: SourceRecord?, _ hidden: String?,
    to object: inout JSONWriter.ObjectWriter
  ) {
    object.member("id", item.id)
    object.member("kind", item.kind.rawValue)
    for (key, value) in [
      ("text", item.text), ("image", item.image), ("path", item.path), ("file", item.file),
      ("taken", item.taken), ("signature", item.sourceSignature),
    ] {
      if let value { object.member(key, value) }
    }
    if !item.contentHash.isEmpty { object.member("hash", item.contentHash) }
    if let lines = item.lines {
      object.member("lines", [lines.lowerBound, lines.upperBound])
      object.member("line", lines.lowerBound)
    }
    if let width = item.width { object.member("width", width) }
    if let height = item.height { object.member("height", height) }
    if let hidden { object.member("metadata") { $0.writeRaw(hidden) } }
    if let source { object.object("source") { source.write(to: &$0) } }
  }
}
