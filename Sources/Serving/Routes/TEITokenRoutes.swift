import TesseraEmbedders
import TesseraJSON
import TesseraTokenizers

/// The routes of text-embeddings-inference that tell of the model and its vocabulary.
enum TEITokenRoutes {
  static let tokenize = Route(.tei, isCounted: false) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["inputs", "add_special_tokens", "model"])
    let model = try service.models.model(fields.string("model"))
    let tokenizer = try model.embedder.tokenizer()
    let reading = ItemReading(model: model, settings: service.settings)
    let texts = try reading.strings(fields.required("inputs"), "inputs")
    let addsSpecial = try fields.bool("add_special_tokens") ?? true
    var json = JSONWriter()
    json.writeArray(texts) { json, item in
      let encoding = tokenizer.encode(item.text ?? "", addSpecialTokens: addsSpecial)
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

  static let decode = Route(.tei, isCounted: false) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["ids", "skip_special_tokens", "model"])
    let model = try service.models.model(fields.string("model"))
    let tokenizer = try model.embedder.tokenizer()
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
    let model = try service.models.model(question.query["model"])
    let limits = service.batcher.limits
    return .json(
      JSONWriter.line { object in
        object.member("model_id", model.name)
        object.member("model_sha") { $0.writeRaw("null") }
        object.member("model_dtype", model.embedder.precision.rawValue)
        object.object("model_type") { type in
          type.object("embedding") { $0.member("pooling", "model") }
        }
        object.member("max_concurrent_requests", 1024)
        object.member("max_input_length", model.embedder.maximumTextTokens)
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
}
