import TesseraEmbedders
import TesseraJSON

/// Scores of pairs in the order in which they are given, in vLLM's words.
enum ScoreRoutes {
  static let all: [String: [String: Route]] = [
    "/score": ["POST": score], "/v1/score": ["POST": score],
  ]

  private static let score = Route(.openAI) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(
      [
        "model", "text_1", "text_2", "queries", "documents", "use_activation", "truncate",
      ],
      harmless: ["user", "priority", "request_id"],
      only: ["truncate_prompt_tokens": [.number(-1)]])
    let model = try service.models.reranker(fields.string("model"))
    try model.requireOneScore()
    let isRaw = try fields.bool("use_activation") == false
    let pairs = try pairs(fields, TextReading(settings: service.settings))
    let scores = try await service.score(
      pairs, with: model, long: try fields.bool("truncate") == false ? .refused : .cut,
      for: question)
    return .json(
      headers: scores.headers,
      JSONWriter.line { object in
        object.member("id", question.id)
        object.member("object", "list")
        object.member("created", model.created)
        object.member("model", model.name)
        object.objects("data", scores.enumerated()) { object, row in
          object.member("index", row.offset)
          object.member("object", "score")
          object.member("score", isRaw ? row.element.logit : row.element.probabilities[0])
        }
        object.memberForUsage(of: scores)
      })
  }

  /// One first text with all second ones, or as many of both.
  private static func pairs(_ fields: RequestFields, _ reading: TextReading) throws -> [TextPair] {
    let first = try texts("text_1", or: "queries", fields, reading)
    let second = try texts("text_2", or: "documents", fields, reading)
    guard first.count == 1 || first.count == second.count else {
      throw Problem(
        .invalid,
        "\(first.count) first and \(second.count) second texts; expected one first text,"
          + " or as many of both", field: "text_1")
    }
    return second.enumerated().map { TextPair(first.count == 1 ? first[0] : first[$0], $1) }
  }

  private static func texts(
    _ name: String, or other: String, _ fields: RequestFields, _ reading: TextReading
  ) throws -> [String] {
    let given = try [name, other].compactMap { key in try fields.field(key).map { (key, $0) } }
    guard given.count == 1, let (key, field) = given.first else {
      throw Problem(.invalid, "one of '\(name)' and '\(other)' is needed", field: name)
    }
    guard case .array(let elements) = field.value else {
      return [try reading.text(field, key, mayBeEmpty: true)]
    }
    guard !elements.isEmpty else { throw Problem(.empty, "'\(key)' is empty", field: key) }
    try reading.check(count: elements.count, key)
    return try field.elements().map { try reading.text($0, key, mayBeEmpty: true) }
  }
}
