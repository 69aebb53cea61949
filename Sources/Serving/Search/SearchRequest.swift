import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// What is asked of an index, by words, a picture, both, a vector, or a row of it.
struct SearchRequest {
  static let fields = ["query", "index", "model", "k", "offset", "where", "min_score"]

  let index: SearchIndex
  let model: ServedModel
  let request: StoreRequest
  private let fields: RequestFields
  private let service: Service

  /// - Parameter limit: hits where the client does not say how many.
  /// - Throws: `Problem`, `FieldError`.
  init(_ fields: RequestFields, _ service: Service, limit: Int) throws {
    index = try service.index(fields.string("index"))
    model = try service.models.model(fields.string("model") ?? index.model)
      .reading(pixels: index.pixels)
    var request = StoreRequest(limit: try fields.int("k", in: 1...1000) ?? limit)
    request.offset = try fields.int("offset", in: 0...1_000_000) ?? 0
    request.minimumScore = try fields.field("min_score").map { Float(try $0.number()) }
    if let condition = try fields.string("where") { request.filter = try Filter(condition) }
    self.request = request
    self.fields = fields
    self.service = service
  }

  /// `query` as an item that asks.
  func item() async throws -> Item {
    let query = try fields.required("query")
    if case .array = query.value { throw query.wrongType("a text, or an object") }
    let reading = ItemReading(model: model, settings: service.settings)
    let items = try await reading.items(input: query, modality: nil, named: "query")
    return items.behind(.query)[0]
  }

  /// What the index compares of the query: of `query`, of `vector` itself, or of the row that `like`
  /// names.
  func query(for question: Question) async throws -> StoreQuery {
    let given = try ["query", "vector", "like"].filter { try fields.field($0) != nil }
    guard given.count == 1 else {
      throw Problem(.invalid, "one of 'query', 'vector' and 'like' is needed", field: "query")
    }
    switch given[0] {
    case "vector":
      let numbers = try fields.required("vector").elements().map { Float(try $0.number()) }
      guard numbers.isEmpty || numbers.contains(where: { $0 != 0 }) else {
        throw Problem(.invalid, "'vector' is zero, and has no direction", field: "vector")
      }
      guard try await index.comparedKinds() == [.dense] else {
        throw Problem(
          .invalid, "the index has no dense vectors, and 'vector' is one", field: "vector")
      }
      return StoreQuery(vector: numbers)
    case "like":
      let id = try fields.required("like").string()
      guard let row = try await index.row(id) else {
        throw Problem(.notFound, "the index has no row \(id.prefix(80))", field: "like")
      }
      return row.query
    default: return try await encoded(item(), for: question)
    }
  }

  /// What the index compares of an item that asks.
  func encoded(_ item: Item, for question: Question) async throws -> StoreQuery {
    let kinds = try await index.comparedKinds()
    return StoreQuery(
      try await service.encode([item], of: "query", with: model, returning: kinds, for: question)[0]
    )
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
