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
    let rows = try service.indexes.map { ($0.name, try $0.facts()) }
    return .json(
      JSONWriter.line { object in
        object.member("object", "list")
        object.objects("data", rows) { object, row in
          object.member("id", row.0)
          object.member("object", "index")
          object.member("rows", row.1.rowCount)
          object.member("dimensions", row.1.dimension ?? 0)
        }
      })
  }

  private static let search = Route(.openAI) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(
      ["query", "vector", "index", "model", "k", "offset", "where", "min_score"],
      harmless: ["user"])
    let index = try service.index(fields.string("index"))
    let model = try service.models.model(fields.string("model"))
    var request = StoreRequest(limit: try fields.int("k", in: 1...1000) ?? 10)
    request.offset = try fields.int("offset", in: 0...1_000_000) ?? 0
    request.minimumScore = try fields.field("min_score").map { Float(try $0.number()) }
    if let condition = try fields.string("where") { request.filter = try Filter(condition) }
    let query = try await vector(fields, model, service, question)
    let hits = try index.search(query, request)
    return .json(
      JSONWriter.line { object in
        object.member("object", "search")
        object.member("index", index.name)
        object.member("model", model.name)
        object.objects("hits", hits.enumerated()) { object, hit in
          object.member("rank", request.offset + hit.offset + 1)
          object.member("score", hit.element.score)
          hit.element.item.write(to: &object)
        }
      })
  }

  /// The query's vector, which may be given.
  private static func vector(
    _ fields: RequestFields, _ model: ServedModel, _ service: Service, _ question: Question
  ) async throws -> [Float] {
    if let given = try fields.field("vector") {
      guard try fields.field("query") == nil else {
        throw Problem(.invalid, "'query' and 'vector' are given; expected one of them")
      }
      return try given.elements().map { Float(try $0.number()) }
    }
    let query = try fields.required("query")
    if case .array = query.value { throw query.wrongType("a text, or an object") }
    let reading = ItemReading(model: model, settings: service.settings)
    let items = try await reading.items(input: query, modality: nil)
    return try await service.encode(items, with: model, for: question)[0].vector
  }

  private static let add = Route(.openAI) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["items", "index", "model"])
    let index = try service.index(fields.string("index"))
    let model = try service.models.model(fields.string("model"))
    let given = try fields.required("items").elements()
    guard (1...service.settings.items).contains(given.count) else {
      throw Problem(
        given.isEmpty ? .empty : .tooLarge,
        "\(given.count) items; expected 1 to \(service.settings.items)", field: "items")
    }
    let reading = ItemReading(model: model, settings: service.settings)
    var items: [Item] = []
    var stored: [StoredItem] = []
    for field in given {
      try field.allowOnly("id", "text", "image", "metadata")
      let item = try await reading.item(field)
      items.append(item)
      let metadata = try field.optional("metadata")
      if let metadata { _ = try metadata.members() }
      stored.append(
        StoredItem(
          id: try field.required("id").string(), text: item.text,
          image: item.image == nil ? nil : "sent by a client", metadata: metadata?.value.text))
    }
    let embeddings = try await service.encode(items, with: model, for: question)
    try index.add(zip(stored, embeddings).map { StoreRow($0, vector: $1.vector) })
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
    let count = try index.remove(ids: ids)
    return .json(
      JSONWriter.line { object in
        object.member("index", index.name)
        object.member("removed", count)
      })
  }

  /// The picture of a row, for the page; only files that the index names are read.
  private static let picture = Route(.openAI, isCounted: false) { service, question in
    let index = try service.index(question.query["index"])
    guard let id = question.query["id"]?.removingPercentEncoding,
      let path = try index.row(id)?.image,
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

extension Service {
  /// The index of that name; without one, the first.
  func index(_ name: String?) throws(Problem) -> SearchIndex {
    guard let first = indexes.first else {
      throw Problem(.notFound, "this server has no index; it is given one with --in")
    }
    guard let name else { return first }
    guard let found = indexes.first(where: { $0.name == name }) else {
      throw Problem(.notFound, "there is no index \(name.prefix(80)) here", field: "index")
    }
    return found
  }
}

extension StoredItem {
  fileprivate func write(to object: inout JSONWriter.ObjectWriter) {
    object.member("id", id)
    object.member("kind", kind.rawValue)
    if let file { object.member("path", file) }
    if let lines { object.member("lines", [lines.lowerBound, lines.upperBound]) }
    if let text { object.member("text", text) }
    if let image { object.member("image", image) }
    if let width { object.member("width", width) }
    if let height { object.member("height", height) }
    if let taken { object.member("taken", taken) }
    if let metadata { object.member("metadata") { $0.writeRaw(metadata) } }
  }
}
