import TesseraEmbedders
import TesseraJSON

/// OpenAI's embeddings, with the items of Jina, infinity and vLLM.
enum OpenAIRoutes {
  static let all: [String: [String: Route]] = [
    "/v1/embeddings": ["POST": embeddings], "/embeddings": ["POST": embeddings],
  ]

  private static let embeddings = Route(.openAI) { service, question in
    let request = try EmbeddingsRequest(RequestFields(question), service)
    let items = try await request.items(service)
    let embeddings = try await service.encode(
      items.behind(request.prompt), with: request.model, returning: request.kinds,
      long: request.long, for: question)
    return .json(headers: embeddings.headers, request.answer(embeddings))
  }
}

/// What is asked of `/v1/embeddings`.
private struct EmbeddingsRequest {
  let model: ServedModel
  let form: VectorForm
  let kinds: [VectorKind]
  let long: LongTexts
  let prompt: Prompt?
  private let input: Field?
  private let messages: Field?
  private let modality: String?

  /// - Throws: `Problem`, `FieldError`.
  init(_ fields: RequestFields, _ service: Service) throws {
    try fields.allow(
      [
        "input", "messages", "modality", "model", "encoding_format", "embedding_type",
        "dimensions", "truncate", "return",
      ] + PromptChoice.fields,
      harmless: ["user", "priority", "request_id"],
      only: [
        "normalized": [.bool(true)], "normalize": [.bool(true)], "late_chunking": [.bool(false)],
        "return_multivector": [.bool(false)], "truncate_prompt_tokens": [.number(-1)],
        "add_special_tokens": [.bool(true)], "add_generation_prompt": [.bool(false)],
        "continue_final_message": [.bool(false)], "embed_dtype": [.string("float32")],
        "endianness": [.string("native"), .string("little")],
      ])
    model = try service.models.model(fields.string("model"))
    prompt = try PromptChoice(embedder: model.embedder).prompt(fields)
    input = try fields.field("input")
    messages = try fields.field("messages")
    modality = try fields.string("modality")
    if let modality, modality != "text", modality != "image" {
      throw Problem(.invalid, "'modality' is text or image", field: "modality")
    }
    kinds = try Self.kinds(fields.field("return"))
    var form = VectorForm()
    form.encoding = try Self.encoding(fields)
    if let dimensions = try fields.field("dimensions") {
      let count = try dimensions.count()
      let most = model.embedder.dimension
      // infinity's clients, which name a modality each time, mean all by 0.
      guard (modality == nil ? 1...most : 0...most).contains(count) else {
        throw Problem(
          .invalid, "'dimensions' is \(count); expected 1 to \(most)", field: "dimensions")
      }
      form.dimensions = count == 0 ? nil : count
    }
    self.form = form
    long = try fields.bool("truncate") == false ? .refused : .cut
  }

  private static func encoding(_ fields: RequestFields) throws -> VectorForm.Encoding {
    for key in ["encoding_format", "embedding_type"] {
      guard let field = try fields.field(key) else { continue }
      switch try field.string() {
      case "float": return .numbers
      case "base64": return .base64
      default: throw Problem(.invalid, "'\(key)' must be float or base64", field: key)
      }
    }
    return .numbers
  }

  private static func kinds(_ field: Field?) throws -> [VectorKind] {
    guard let field else { return [.dense] }
    let kinds: [VectorKind] = try field.elements().map { try $0.choice() }
    guard !kinds.isEmpty else { throw Problem(.empty, "'return' must not be empty") }
    return kinds
  }

  func items(_ service: Service) async throws -> [Item] {
    let reading = ItemReading(model: model, settings: service.settings)
    switch (input, messages) {
    case (let input?, nil): return try await reading.items(input: input, modality: modality)
    case (nil, let messages?):
      let elements = try messages.elements()
      guard elements.count == 1, try elements[0].required("role").string() == "user" else {
        throw Problem(
          .invalid, "'messages' must be one message of the role user: an item is one vector",
          field: "messages")
      }
      return [try await reading.item(parts: elements[0].required("content"), field: "messages")]
    case (nil, nil): throw Problem(.invalid, "'input' is missing", field: "input")
    case (_?, _?): throw Problem(.invalid, "'input' and 'messages' are given; expected one of them")
    }
  }

  func answer(_ embeddings: [Embedding]) -> String {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("object", "list")
      object.objects("data", embeddings.enumerated()) { object, row in
        object.member("object", "embedding")
        object.member("index", row.offset)
        write(row.element, to: &object)
      }
      object.member("model", model.name)
      object.object("usage") { usage in
        usage.member("prompt_tokens", embeddings.tokenCount)
        usage.member("total_tokens", embeddings.tokenCount)
        usage.memberForCuts(embeddings.map(\.truncation))
      }
    }
    return json.text
  }

  private func write(_ embedding: Embedding, to object: inout JSONWriter.ObjectWriter) {
    if kinds.contains(.dense) { object.member("embedding") { form.write(embedding, to: &$0) } }
    if let weights = embedding.lexicalWeights {
      object.object("lexical_weights") { object in
        for (id, weight) in weights.sorted(by: { $0.key < $1.key }) {
          object.member(String(id), weight)
        }
      }
    }
    if let vectors = embedding.colbertVectors {
      object.member("colbert_vecs") { $0.writeArray(vectors) { form.write($1, to: &$0) } }
    }
  }
}
