import TesseraEmbedders
import TesseraJSON

/// Documents in the order in which they fit a query, in the words of Jina, Cohere, infinity and vLLM.
enum RerankRoutes {
  static let all: [String: [String: Route]] = [
    "/v1/rerank": ["POST": route(.openAI)], "/v2/rerank": ["POST": route(.cohere)],
  ]

  private static func route(_ dialect: Dialect) -> Route {
    Route(dialect) { service, question in
      try await answer(service, question, RequestFields(question))
    }
  }

  static func answer(
    _ service: Service, _ question: Question, _ fields: RequestFields
  ) async throws -> Answer {
    try fields.allow(
      [
        "model", "query", "documents", "top_n", "return_documents", "raw_scores", "truncate",
        "truncation", "max_tokens_per_doc",
      ],
      harmless: ["user", "priority", "request_id"],
      only: ["truncate_prompt_tokens": [.number(-1)], "rank_fields": [.array([.string("text")])]])
    let ranking = try Ranking(fields, texts: "documents", service)
    try checkCut(fields, ranking.model)
    let count = try fields.int("top_n", in: 1...Int(Int32.max)) ?? ranking.texts.count
    let isRaw = try fields.bool("raw_scores") ?? false
    let returnsTexts = try fields.bool("return_documents") ?? false
    let refuses = try [fields.bool("truncate"), fields.bool("truncation")].contains(false)
    let hits = try await ranking.hits(long: refuses ? .refused : .cut, for: question)
    let scores = hits.sorted { $0.index < $1.index }.map(\.score)
    return .json(
      headers: scores.headers,
      JSONWriter.line { object in
        object.member("id", question.id)
        object.member("object", "rerank")
        object.member("model", ranking.model.name)
        object.objects("results", hits.prefix(count)) { object, hit in
          object.member("index", hit.index)
          object.member("relevance_score", isRaw ? hit.score.logit : hit.score.probabilities[0])
          if returnsTexts {
            object.object("document") { $0.member("text", ranking.texts[hit.index]) }
          }
        }
        object.memberForUsage(of: scores)
        object.object("meta") { meta in
          meta.object("api_version") { $0.member("version", "2") }
          meta.object("billed_units") { $0.member("search_units", 1) }
        }
      })
  }

  /// Documents are cut where the model's pairs end, and nowhere before.
  private static func checkCut(_ fields: RequestFields, _ model: ServedReranker) throws {
    let key = "max_tokens_per_doc"
    let most = model.reranker.maximumTokens
    if let count = try fields.field(key)?.count(), count < most {
      throw Problem(
        .invalid, "'\(key)' is \(count); this server cuts where the model does, at \(most)",
        field: key)
    }
  }
}
