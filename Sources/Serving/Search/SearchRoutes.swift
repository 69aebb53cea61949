import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// Search in the indexes that the server was given, and changes to them.
enum SearchRoutes {
  static let all: [String: [String: Route]] = [
    "/v1/search": ["POST": search], "/v1/items": ["POST": add, "DELETE": remove],
    "/v1/indexes": ["GET": indexes], "/v1/picture": ["GET": picture],
  ]

  private static let indexes = Route(.openAI, isCounted: false) { service, _ in
    var rows: [(name: String, facts: StoreDescription)] = []
    for index in service.indexes { rows.append((index.name, try await index.facts())) }
    return .json(
      JSONWriter.line { object in
        object.member("object", "list")
        object.objects("data", rows) { object, row in
          object.member("id", row.name)
          object.member("object", "index")
          object.member("rows", row.facts.rowCount)
          object.member("dimensions", row.facts.dimension ?? 0)
        }
        object.member("chat") { $0.write(service.settings.chat?.name) }
      })
  }

  private static let search = Route(.openAI) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(
      SearchRequest.fields + ["vector", "like", "near_duplicates"], harmless: ["user"])
    let asked = try SearchRequest(fields, service, limit: 10)
    let least = try fields.field("near_duplicates").map { field -> Float in
      let cosine = Float(try field.number())
      guard cosine > -1, cosine <= 1 else { throw field.wrongType("a cosine above -1, 1 at most") }
      return cosine
    }
    let query = try await asked.query(for: question)
    let found = try await asked.index.search(query, asked.request, duplicates: least)
    return .json(
      JSONWriter.line { object in
        object.member("object", "search")
        object.member("index", asked.index.name)
        object.member("model", asked.model.name)
        object.objects("hits", found.hits.enumerated()) { object, hit in
          object.member("rank", asked.request.offset + hit.offset + 1)
          object.member("score", hit.element.score)
          if let place = found.duplicated[hit.offset] {
            object.member("duplicate_of", found.hits[place].item.id)
          }
          object.member("id", hit.element.item.id)
          hit.element.item.writeFacts(to: &object)
        }
      })
  }

  private static let add = Route(.openAI) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["items", "index", "model"])
    let index = try service.index(fields.string("index"))
    let model = try service.models.model(fields.string("model") ?? index.model)
      .reading(pixels: index.pixels)
    let given = try fields.required("items").elements()
    guard (1...service.settings.items).contains(given.count) else {
      throw Problem(
        given.isEmpty ? .empty : .tooLarge,
        "\(given.count) items; expected 1 to \(service.settings.items)", field: "items")
    }
    let reading = ItemReading(model: model, settings: service.settings)
    let ids = TextReading(settings: service.settings)
    var items: [Item] = []
    var stored: [StoredItem] = []
    for field in given {
      try field.allowOnly("id", "text", "image", "metadata")
      let item = try await reading.item(field)
      items.append(item)
      let metadata = try field.optional("metadata")
      if let metadata { _ = try metadata.members() }
      var row = StoredItem(
        id: try ids.text(field.required("id"), "items"), text: item.text,
        metadata: metadata?.value.text)
      row.lacksPicture = item.image != nil
      stored.append(row)
    }
    // Where the model lacks a kind, the index says so.
    let kinds = try await index.kinds().filter(model.embedder.vectorKinds.contains)
    let embeddings = try await service.encode(
      items.behind(.document), of: "items", with: model, returning: kinds, for: question)
    try await index.add(zip(stored, embeddings).map { StoreRow($0, $1) })
    return .json(
      headers: embeddings.headers,
      JSONWriter.line { object in
        object.member("index", index.name)
        object.member("added", items.count)
      })
  }

  private static let remove = Route(.openAI) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["ids", "index"])
    let index = try service.index(fields.string("index"))
    let ids = try fields.required("ids").elements().map { try $0.string() }
    let count = try await index.remove(ids: ids)
    return .json(
      JSONWriter.line { object in
        object.member("index", index.name)
        object.member("removed", count)
      })
  }

  /// The picture of a row, for the page; only files that the index names are read.
  private static let picture = Route(.openAI, isCounted: false) { service, question in
    let index = try service.index(question.query["index"])
    guard let id = question.query["id"],
      let path = try await index.row(id)?.item.image,
      let data = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe),
      data.count <= 64 << 20, let type = Self.pictureType(data)
    else { throw Problem(.notFound, "there is no picture of that row") }
    return Answer(
      contentType: type, headers: [("cache-control", "private, max-age=300")], body: Array(data))
  }

  /// By its first bytes; nil for what no browser shows as a picture.
  private static func pictureType(_ data: Data) -> String? {
    let start = Array(data.prefix(12))
    if start.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
    if start.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
    if start.starts(with: Array("GIF8".utf8)) { return "image/gif" }
    if start.starts(with: Array("BM".utf8)) { return "image/bmp" }
    if start.count == 12, start[8...].elementsEqual(Array("WEBP".utf8)) { return "image/webp" }
    return nil
  }
}
