import TesseraEmbedders
import TesseraJSON
import TesseraTokenizers

/// The routes of text-embeddings-inference that tell of the model and its vocabulary.
enum TEITokenRoutes {
  static let tokenize = Route(.tei, isCounted: false) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["inputs", "add_special_tokens", "prompt_name", "model"])
    let (tokenizer, texts) = try texts(fields, service)
    let addsSpecial = try fields.bool("add_special_tokens") ?? true
    var json = JSONWriter()
    json.writeArray(texts) { json, text in
      let encoding = tokenizer.encode(text, addSpecialTokens: addsSpecial)
      let own = Set(encoding.texts.flatMap { Array($0) })
      json.writeArray(encoding.ids.enumerated()) { json, token in
        json.writeObject { object in
          object.member("id", token.element)
          object.member("text", tokenizer.token(token.element) ?? "")
          object.member("special", !own.contains(token.offset))
          // Where a token stands in the text is not known here; TEI allows null too.
          object.member("start") { $0.writeRaw("null") }
          object.member("stop") { $0.writeRaw("null") }
        }
      }
    }
    return .json(json.text)
  }

  /// The texts as their tokenizer gets them: for vectors behind their prompt.
  private static func texts(
    _ fields: RequestFields, _ service: Service
  ) throws -> (Tokenizer, [String]) {
    let model = try service.models.any(fields.string("model"))
    let reading = TextReading(settings: service.settings)
    let inputs = try fields.required("inputs")
    var given = [inputs]
    if case .array = inputs.value { given = try inputs.elements() }
    guard !given.isEmpty else {
      throw Problem(.empty, "`inputs` cannot be empty", field: "inputs")
    }
    try reading.check(count: given.count, "inputs")
    let texts = try given.map { try reading.text($0, "inputs") }
    guard let embedder = (model as? ServedModel)?.embedder else {
      guard try fields.field("prompt_name") == nil else {
        throw Problem(.invalid, "prompts are for models that make vectors", field: "prompt_name")
      }
      return (try tokenizer(of: model), texts)
    }
    let prompt = try PromptChoice(embedder: embedder).prompt(fields)
    return (try embedder.tokenizer(), try texts.map { try embedder.asRead($0, prompt) })
  }

  private static func tokenizer(of model: any NamedModel) throws -> Tokenizer {
    switch model {
    case let model as ServedReranker: return model.reranker.tokenizer
    case let model as ServedModel: return try model.embedder.tokenizer()
    default: throw Problem(.invalid, "`\(model.name)` has no tokens to show", field: "model")
    }
  }

  static let decode = Route(.tei, isCounted: false) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["ids", "skip_special_tokens", "model"])
    let tokenizer = try tokenizer(of: service.models.any(fields.string("model")))
    let ids = try fields.required("ids").elements()
    guard let first = ids.first else { throw Problem(.empty, "`ids` cannot be empty") }
    let rows = if case .array = first.value { ids } else { [try fields.required("ids")] }
    guard rows.count <= service.settings.items else {
      throw Problem(.tooLarge, "\(rows.count) rows of ids; \(service.settings.items) at most")
    }
    let skips = try fields.bool("skip_special_tokens") ?? true
    let texts = try rows.map { row in
      let ids = try row.elements().map { try $0.count() }
      if let id = ids.first(where: { tokenizer.token($0) == nil }) {
        throw Problem(.invalid, "the vocabulary has no token \(id)", field: "ids")
      }
      return tokenizer.decode(ids, skippingSpecialTokens: skips)
    }
    var json = JSONWriter()
    texts.writeJSON(to: &json)
    return .json(json.text)
  }

  static let info = Route(.tei, isCounted: false) { service, question in
    let model = try service.models.any(question.query["model"])
    let limits = service.batcher.limits
    return .json(
      JSONWriter.line { object in
        object.member("model_id", model.name)
        object.member("model_sha") { $0.writeRaw("null") }
        write(model, to: &object)
        object.member("max_concurrent_requests", 1024)
        object.member("max_batch_tokens", limits.batchTokens)
        object.member("max_batch_requests") { $0.writeRaw("null") }
        object.member("max_client_batch_size", service.settings.items)
        object.member("auto_truncate", true)
        object.member("tokenization_workers", Embedder.threadCount)
        object.member("version", TesseraBuild.version)
        object.member("sha") { $0.writeRaw("null") }
        object.member("docker_label") { $0.writeRaw("null") }
      })
  }

  /// What kind of model it is, in TEI's words.
  private static func write(_ model: any NamedModel, to object: inout JSONWriter.ObjectWriter) {
    var maximum = 0
    switch model {
    case let model as ServedModel:
      object.member("model_dtype", model.embedder.precision.rawValue)
      object.object("model_type") { type in
        type.object("embedding") { $0.member("pooling", "model") }
      }
      maximum = model.embedder.maximumTextTokens
    case let model as ServedReranker:
      let labels = model.reranker.labels
      object.member("model_dtype", model.reranker.precision.rawValue)
      object.object("model_type") { type in
        type.object(labels.count == 1 ? "reranker" : "classifier") { kind in
          kind.object("id2label") { object in
            for (id, label) in labels.enumerated() { object.member(String(id), label) }
          }
          kind.object("label2id") { object in
            for (id, label) in labels.enumerated() { object.member(label, id) }
          }
        }
      }
      maximum = model.reranker.maximumTokens
    case let model as ServedChat:
      // TEI has no such models, and so no word for them.
      object.member("model_dtype", model.chat.precision.rawValue)
      object.object("model_type") { type in type.object("chat") { _ in } }
      maximum = model.chat.contextLength
    default: break
    }
    object.member("max_input_length", maximum)
  }
}
