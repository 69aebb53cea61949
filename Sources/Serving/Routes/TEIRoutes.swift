import TesseraEmbedders
import TesseraJSON

/// The routes of text-embeddings-inference that give vectors.
enum TEIRoutes {
  static let all: [String: [String: Route]] = [
    "/embed": ["POST": embed], "/": ["POST": embed], "/invocations": ["POST": embed],
    "/embed_all": ["POST": embedAll], "/embed_sparse": ["POST": embedSparse],
    "/similarity": ["POST": similarity],
    "/tokenize": ["POST": TEITokenRoutes.tokenize], "/decode": ["POST": TEITokenRoutes.decode],
    "/info": ["GET": TEITokenRoutes.info],
  ]

  private static let embed = Route(.tei) { service, question in
    let (request, items) = try Request.reading(question, service, "normalize", "dimensions")
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
    let (request, items) = try Request.reading(question, service)
    let embeddings = try await request.encode(items, [.colbert])
    var json = JSONWriter()
    json.writeArray(embeddings) { json, embedding in
      json.writeArray(embedding.colbertVectors ?? []) { VectorForm().write($1, to: &$0) }
    }
    return .json(headers: embeddings.headers, json.text)
  }

  private static let embedSparse = Route(.tei) { service, question in
    let (request, items) = try Request.reading(question, service)
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
    let request = try Request(question, service, read: ["inputs", "parameters"])
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

  /// What these routes have in common.
  private struct Request {
    let fields: RequestFields
    let model: ServedModel
    let reading: ItemReading
    private let service: Service
    private let question: Question
    private let long: LongTexts
    private let cutsLeft: Bool?

    static func reading(
      _ question: Question, _ service: Service, _ further: String...
    ) throws -> (Request, [Item]) {
      let request = try Request(question, service, read: ["inputs"] + further)
      guard let inputs = try request.fields.field("inputs") else {
        throw Problem(.empty, "`inputs` cannot be empty", field: "inputs")
      }
      return (request, try request.reading.texts(inputs: inputs))
    }

    init(_ question: Question, _ service: Service, read: [String]) throws {
      fields = try RequestFields(question)
      try fields.allow(read + ["truncate", "truncation_direction", "model"])
      var options = fields
      if let parameters = try fields.field("parameters"), try !parameters.members().isEmpty {
        options = try RequestFields(Config(parameters))
        try options.allow(["truncate", "truncation_direction"])
      }
      model = try service.models.model(fields.string("model"))
      long = try options.bool("truncate") == false ? .refused : .cut
      cutsLeft = try options.string("truncation_direction").map { direction in
        switch direction.lowercased() {
        case "left": return true
        case "right": return false
        default:
          throw Problem(
            .invalid, "`truncation_direction` is Left or Right", field: "truncation_direction")
        }
      }
      reading = ItemReading(model: model, settings: service.settings)
      self.service = service
      self.question = question
    }

    func encode(_ items: [Item], _ kinds: [VectorKind] = [.dense]) async throws -> [Embedding] {
      let embeddings = try await service.encode(
        items, with: model, returning: kinds, long: long, for: question)
      // The side is the tokenizer's; the other one only matters where something was cut.
      if let cutsLeft, !embeddings.cuts.isEmpty,
        cutsLeft != (try model.embedder.tokenizer().truncationSide == .left)
      {
        throw Problem(
          .invalid, "this model's texts are cut on the \(cutsLeft ? "right" : "left")",
          field: "truncation_direction")
      }
      return embeddings
    }
  }
}
