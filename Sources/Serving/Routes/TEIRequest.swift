import TesseraEmbedders
import TesseraJSON

/// What routes of text-embeddings-inference that give vectors have in common.
struct TEIRequest {
  let fields: RequestFields
  let model: ServedModel
  let reading: ItemReading
  private let service: Service
  private let question: Question
  private let truncation: TEITruncation
  private let prompt: Prompt?

  static func reading(
    _ fields: RequestFields, _ question: Question, _ service: Service, _ further: String...
  ) throws -> (TEIRequest, [Item]) {
    let request = try TEIRequest(fields, question, service, read: further)
    guard let inputs = try request.fields.field("inputs") else {
      throw Problem(.empty, "`inputs` cannot be empty", field: "inputs")
    }
    return (request, try request.reading.texts(inputs: inputs))
  }

  /// - Parameter further: members that the route reads beside those that all have.
  init(
    _ given: RequestFields, _ question: Question, _ service: Service, read further: [String] = []
  ) throws {
    fields = try given.withParameters()
    try fields.allow(["inputs", "prompt_name", "model"] + TEITruncation.fields + further)
    model = try service.models.model(fields.string("model"))
    truncation = try TEITruncation(fields)
    prompt = try PromptChoice(embedder: model.embedder).prompt(fields)
    reading = ItemReading(model: model, settings: service.settings)
    self.service = service
    self.question = question
  }

  func encode(_ items: [Item], _ kinds: [VectorKind] = [.dense]) async throws -> [Embedding] {
    let embeddings = try await service.encode(
      items.behind(prompt), with: model, returning: kinds, long: truncation.long, for: question)
    try truncation.check(anyCut: !embeddings.cuts.isEmpty) {
      try model.embedder.tokenizer().truncationSide == .left
    }
    return embeddings
  }
}

/// `truncate` and `truncation_direction`.
struct TEITruncation {
  static let fields = ["truncate", "truncation_direction"]

  let long: LongTexts
  private let cutsLeft: Bool?

  init(_ fields: RequestFields) throws {
    long = try fields.bool("truncate") == false ? .refused : .cut
    cutsLeft = try fields.string("truncation_direction").map { direction in
      switch direction.lowercased() {
      case "left": return true
      case "right": return false
      default:
        throw Problem(
          .invalid, "`truncation_direction` is Left or Right", field: "truncation_direction")
      }
    }
  }

  /// The side is the tokenizer's; the other one only matters where something was cut.
  func check(anyCut: Bool, modelCutsLeft: () throws -> Bool) throws {
    guard let cutsLeft, anyCut, cutsLeft != (try modelCutsLeft()) else { return }
    throw Problem(
      .invalid, "this model's texts are cut on the \(cutsLeft ? "right" : "left")",
      field: "truncation_direction")
  }
}
