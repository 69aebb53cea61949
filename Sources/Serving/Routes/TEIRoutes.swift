import TesseraEmbedders
import TesseraJSON

/// The routes of text-embeddings-inference that give vectors.
enum TEIRoutes {
  static let all: [String: [String: Route]] = [
    "/embed": ["POST": embed], "/": ["POST": own], "/invocations": ["POST": own],
    "/embed_all": ["POST": embedAll], "/embed_sparse": ["POST": embedSparse],
    "/similarity": ["POST": similarity],
    "/tokenize": ["POST": TEITokenRoutes.tokenize], "/decode": ["POST": TEITokenRoutes.decode],
    "/info": ["GET": TEITokenRoutes.info],
  ]

  /// What the server's first model does.
  private static let own = Route(.tei) { service, question in
    let contents = service.models.contents
    guard contents.embedders.isEmpty, let first = contents.rerankers.first else {
      let fields = try RequestFields(question)
      // A sentence and those to compare it with.
      if case .object? = try fields.field("inputs")?.value {
        return try await similarities(fields, service, question)
      }
      return try await vectors(fields, service, question)
    }
    let route = first.reranker.labels.count == 1 ? TEIPairRoutes.rerank : TEIPairRoutes.predict
    return try await route.answer(service, question)
  }

  private static let embed = Route(.tei) { service, question in
    try await vectors(RequestFields(question), service, question)
  }

  private static func vectors(
    _ fields: RequestFields, _ service: Service, _ question: Question
  ) async throws -> Answer {
    let (request, items) = try TEIRequest.reading(
      fields, question, service, "normalize", "dimensions")
    var form = VectorForm()
    form.isUnit = true
    if let normalize = try request.fields.bool("normalize"), !normalize {
      throw Problem(
        .invalid, "`normalize`: false is not supported: vectors have length 1", field: "normalize")
    }
    let most = request.model.embedder.dimension
    form.dimensions = try request.fields.int("dimensions", in: 1...most)
    let embeddings = try await request.encode(items)
    var json = JSONWriter()
    json.writeArray(embeddings) { form.write($1, to: &$0) }
    return .json(headers: embeddings.headers, json.text)
  }

  /// Token by token, for models that were trained for that.
  private static let embedAll = Route(.tei) { service, question in
    let (request, items) = try TEIRequest.reading(
      RequestFields(question), question, service)
    let embeddings = try await request.encode(items, [.colbert])
    var json = JSONWriter()
    json.writeArray(embeddings) { json, embedding in
      json.writeArray(embedding.colbertVectors ?? []) { VectorForm().write($1, to: &$0) }
    }
    return .json(headers: embeddings.headers, json.text)
  }

  private static let embedSparse = Route(.tei) { service, question in
    let (request, items) = try TEIRequest.reading(
      RequestFields(question), question, service)
    let embeddings = try await request.encode(items, [.sparse])
    var json = JSONWriter()
    json.writeArray(embeddings) { json, embedding in
      let weights = (embedding.lexicalWeights ?? [:]).sorted { $0.key < $1.key }
      json.writeArray(weights) { json, weight in
        json.writeObject { object in
          object.member("index", weight.key)
          object.member("value", weight.value)
        }
      }
    }
    return .json(headers: embeddings.headers, json.text)
  }

  private static let similarity = Route(.tei) { service, question in
    try await similarities(RequestFields(question), service, question)
  }

  private static func similarities(
    _ fields: RequestFields, _ service: Service, _ question: Question
  ) async throws -> Answer {
    let request = try TEIRequest(fields, question, service)
    let inputs = try request.fields.required("inputs")
    try inputs.allowOnly("source_sentence", "sentences")
    let source = try inputs.required("source_sentence")
    let sentences = try inputs.required("sentences")
    guard !(try sentences.elements()).isEmpty else {
      throw Problem(.empty, "`sentences` cannot be empty", field: "inputs")
    }
    let items =
      try request.reading.strings(source, "source_sentence")
      + request.reading.strings(sentences, "sentences")
    let embeddings = try await request.encode(items)
    var json = JSONWriter()
    json.writeArray(embeddings.dropFirst()) { $0.write(embeddings[0].similarity(to: $1)) }
    return .json(headers: embeddings.headers, json.text)
  }
}
