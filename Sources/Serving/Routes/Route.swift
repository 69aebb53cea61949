/// What is answered at one address.
struct Route: Sendable {
  let dialect: Dialect
  /// Whether a key is asked for, where there are keys.
  let isLocked: Bool
  /// Whether it counts as a request of a model.
  let isCounted: Bool
  let answer: @Sendable (Service, Question) async throws -> Answer

  init(
    _ dialect: Dialect, isLocked: Bool = true, isCounted: Bool = true,
    _ answer: @escaping @Sendable (Service, Question) async throws -> Answer
  ) {
    self.dialect = dialect
    self.isLocked = isLocked
    self.isCounted = isCounted
    self.answer = answer
  }

  /// By path, then by method.
  static let all: [String: [String: Route]] = [
    OpenAIRoutes.all, ModelRoutes.all, TEIRoutes.all, TEIPairRoutes.all, CohereRoutes.all,
    RerankRoutes.all, ScoreRoutes.all, OllamaRoutes.all, StateRoutes.all, SearchRoutes.all,
    ExplainRoutes.all, AskRoutes.all, ChatRoutes.all, MCPRoutes.all, PageRoutes.all,
  ].reduce(into: [:]) { all, routes in
    for (path, methods) in routes {
      all[path, default: [:]].merge(methods) { $1 }
    }
  }

  /// Routes whose last part is a name.
  static func withName(_ path: String) -> [String: Route]? {
    path.hasPrefix(ModelRoutes.path) ? ["GET": ModelRoutes.model] : nil
  }
}
