import TesseraEmbedders
import TesseraJSON

/// Texts that are to be put into order for a query.
struct Ranking {
  let model: ServedReranker
  let query: String
  let texts: [String]
  private let service: Service

  /// - Parameter name: the member that holds the texts: strings, or objects with "text".
  /// - Throws: `Problem`, `FieldError`.
  init(_ fields: RequestFields, texts name: String, _ service: Service) throws {
    model = try service.models.reranker(fields.string("model"))
    try model.requireOneScore()
    let reading = TextReading(settings: service.settings)
    query = try reading.text(fields.required("query"), "query")
    let given = try fields.required(name).elements()
    guard !given.isEmpty else { throw Problem(.empty, "`\(name)` cannot be empty", field: name) }
    try reading.check(count: given.count, name)
    texts = try given.map { field in
      guard case .object = field.value else {
        return try reading.text(field, name, mayBeEmpty: true)
      }
      try field.allowOnly("text")
      return try reading.text(field.required("text"), name, mayBeEmpty: true)
    }
    self.service = service
  }

  /// All of them, the best first; of equal logits the one that was given first.
  func hits(
    long: LongTexts, for question: Question
  ) async throws -> [(index: Int, score: PairScore)] {
    let scores = try await service.score(
      texts.map { TextPair(query, $0) }, with: model, long: long, for: question)
    return scores.enumerated().map { (index: $0, score: $1) }
      .sorted { $0.score.logit > $1.score.logit }
  }
}

extension ServedReranker {
  /// - Throws: `Problem` for a model of several labels.
  func requireOneScore() throws(Problem) {
    let labels = reranker.labels
    guard labels.count != 1 else { return }
    throw Problem(
      .invalid,
      "`\(name)` does not give one score, but one for each of \(labels.count) labels"
        + " (\(labels.prefix(5).joined(separator: ", "))): ask /predict", field: "model")
  }
}

extension [PairScore] {
  var tokenCount: Int { reduce(0) { $0 + $1.tokenCount } }

  /// Says how many pairs were cut.
  var headers: [(name: String, value: String)] {
    let count = count { $0.truncation != nil }
    return count == 0 ? [] : [("x-truncated", String(count))]
  }
}

extension JSONWriter.ObjectWriter {
  /// `usage`, in the words of OpenAI, with what was cut.
  mutating func memberForUsage(of scores: [PairScore]) {
    object("usage") { usage in
      usage.member("prompt_tokens", scores.tokenCount)
      usage.member("total_tokens", scores.tokenCount)
      usage.memberForCuts(scores.map(\.truncation))
    }
  }
}
