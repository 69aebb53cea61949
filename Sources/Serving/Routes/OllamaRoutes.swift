import TesseraEmbedders
import TesseraJSON

/// Ollama's embeddings, and what its clients ask first.
enum OllamaRoutes {
  static let all: [String: [String: Route]] = [
    "/api/embed": ["POST": embed], "/api/embeddings": ["POST": embedOne],
    "/api/tags": ["GET": tags], "/api/version": ["GET": version],
  ]

  /// `options` and `keep_alive` are about runs that generate, and about memory.
  private static let harmless = ["keep_alive", "options"]

  private static let embed = Route(.ollama) { service, question in
    let start = ContinuousClock().now
    let fields = try RequestFields(question)
    try fields.allow(["model", "input", "truncate", "dimensions"], harmless: harmless)
    let model = try service.models.model(fields.required("model").string())
    let reading = ItemReading(model: model, settings: service.settings)
    let items = try reading.strings(fields.required("input"), "input")
    var form = VectorForm()
    form.dimensions = try fields.int("dimensions", in: 1...model.embedder.dimension)
    let embeddings = try await service.encode(
      items, with: model, long: try fields.bool("truncate") == false ? .refused : .cut,
      for: question)
    let nanoseconds = Int((ContinuousClock().now - start).seconds * 1e9)
    return .json(
      headers: embeddings.headers,
      JSONWriter.line { object in
        object.member("model", model.name)
        object.member("embeddings") { $0.writeArray(embeddings) { form.write($1, to: &$0) } }
        object.member("total_duration", nanoseconds)
        object.member("load_duration", 0)
        object.member("prompt_eval_count", embeddings.tokenCount)
      })
  }

  private static let embedOne = Route(.ollama) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(["model", "prompt"], harmless: harmless)
    let model = try service.models.model(fields.required("model").string())
    let reading = ItemReading(model: model, settings: service.settings)
    let embeddings = try await service.encode(
      reading.strings(fields.required("prompt"), "prompt"), with: model, for: question)
    return .json(
      headers: embeddings.headers,
      JSONWriter.line { object in
        object.member("embedding") { json in
          if let first = embeddings.first { VectorForm().write(first, to: &json) }
        }
      })
  }

  private static let tags = Route(.ollama, isCounted: false) { service, _ in
    .json(
      JSONWriter.line { object in
        object.objects("models", service.models.contents.embedders) { object, model in
          object.member("name", model.name)
          object.member("model", model.name)
        }
      })
  }

  private static let version = Route(.ollama, isCounted: false) { _, _ in
    .json(JSONWriter.line { $0.member("version", TesseraBuild.version) })
  }
}
