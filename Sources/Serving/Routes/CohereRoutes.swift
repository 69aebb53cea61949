import TesseraEmbedders
import TesseraJSON

/// Cohere's embeddings: texts, pictures, or items of both.
enum CohereRoutes {
  static let all: [String: [String: Route]] = [
    "/v2/embed": ["POST": embed(version: 2)], "/v1/embed": ["POST": embed(version: 1)],
  ]

  private static func embed(version: Int) -> Route {
    Route(.cohere) { service, question in
      let fields = try RequestFields(question)
      try fields.allow(
        [
          "model", "texts", "images", "inputs", "embedding_types", "output_dimension", "truncate",
          "input_type",
        ], harmless: ["priority"])
      let model = try service.models.model(fields.string("model"))
      let prompt = try PromptChoice(embedder: model.embedder).prompt(fields)
      var form = VectorForm()
      form.dimensions = try fields.int("output_dimension", in: 1...model.embedder.dimension)
      let types = try types(fields)
      // Rows without names are what the first version began with.
      let isPlain = version == 1 && types.isEmpty
      let long = try long(fields)
      let items = try await items(fields, ItemReading(model: model, settings: service.settings))
      let embeddings = try await service.encode(
        items.behind(prompt), with: model, long: long, for: question)
      return .json(
        headers: embeddings.headers,
        JSONWriter.line { object in
          object.member("id", question.id)
          if isPlain {
            object.member("embeddings") { $0.writeArray(embeddings) { form.write($1, to: &$0) } }
          } else {
            object.object("embeddings") { object in
              for type in types.isEmpty ? ["float"] : types {
                form.encoding = type == "base64" ? .base64 : .numbers
                object.member(type) { $0.writeArray(embeddings) { form.write($1, to: &$0) } }
              }
            }
          }
          object.member("texts", items.compactMap { $0.image == nil ? $0.text : nil })
          object.member("response_type", isPlain ? "embeddings_floats" : "embeddings_by_type")
          object.object("meta") { writeMeta(of: embeddings, items, version: version, to: &$0) }
        })
    }
  }

  private static func writeMeta(
    of embeddings: [Embedding], _ items: [Item], version: Int,
    to object: inout JSONWriter.ObjectWriter
  ) {
    object.object("api_version") { $0.member("version", "\(version)") }
    object.object("billed_units") { units in
      units.member("input_tokens", embeddings.tokenCount)
      units.member("images", items.count { $0.image != nil })
    }
    object.memberForCuts(embeddings.map(\.truncation))
  }

  /// Empty where the client names none.
  private static func types(_ fields: RequestFields) throws -> [String] {
    guard let field = try fields.field("embedding_types") else { return [] }
    let types = try field.elements().map { try $0.string() }
    guard let wrong = types.first(where: { $0 != "float" && $0 != "base64" }) else {
      return types
    }
    throw Problem(
      .invalid, "embedding_types: float and base64 are supported, not \(wrong.prefix(20))",
      field: "embedding_types")
  }

  private static func long(_ fields: RequestFields) throws -> LongTexts {
    switch try fields.string("truncate") {
    case "NONE": return .refused
    case nil, "END": return .cut
    case let value?:
      throw Problem(
        .invalid, "truncate: END and NONE are supported, not \(value.prefix(20))",
        field: "truncate")
    }
  }

  private static func items(_ fields: RequestFields, _ reading: ItemReading) async throws -> [Item]
  {
    let given = try ["texts", "images", "inputs"].compactMap { key in
      try fields.field(key).map { (key, $0) }
    }
    guard given.count == 1, let (key, field) = given.first else {
      throw Problem(.invalid, "one of texts, images and inputs is needed")
    }
    guard try !field.elements().isEmpty else { throw Problem(.empty, "\(key) is empty") }
    return try await reading.items(
      input: field, modality: key == "images" ? "image" : nil, named: key)
  }
}
