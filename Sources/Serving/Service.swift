import Synchronization
import TesseraEmbedders

/// Answers questions: finds the route, asks for the key, lets the route answer, and says problems in
/// the route's dialect.
package final class Service: Sendable {
  package let models: ModelShelf
  package let indexes: [SearchIndex]
  package let settings: ServiceSettings
  package let batcher: Batcher
  package let metrics: Metrics
  var pages: Pages { Pages(allowed: settings.origins, isLocal: settings.isLocal) }
  private let isReady = Mutex(true)

  package init(
    models: ModelShelf, indexes: [SearchIndex] = [],
    settings: ServiceSettings = ServiceSettings(),
    limits: Batcher.Limits = Batcher.Limits()
  ) {
    self.models = models
    self.indexes = indexes
    self.settings = settings
    let metrics = Metrics()
    self.metrics = metrics
    batcher = Batcher(limits: limits, metrics: metrics)
  }

  /// From now on `/health/ready` says no, to whom a transport still lets ask.
  package func beginToStop() { isReady.withLock { $0 = false } }
  var acceptsMore: Bool { isReady.withLock { $0 } }

  /// - Throws: `CancellationError` where the one who asked has gone.
  package func answer(_ question: Question) async throws -> Answer {
    let start = ContinuousClock().now
    let answer: Answer
    if let preflight = pages.preflight(question) {
      answer = preflight
    } else {
      answer = try await answerOrProblem(question, isTrusted: false)
    }
    metrics.observe("te_request_duration", (ContinuousClock().now - start).seconds)
    return addressed(answer, to: question)
  }

  /// An answer for one who need not show a key, as he started the server.
  func answerUnlocked(_ question: Question) async throws -> Answer {
    try await answerOrProblem(question, isTrusted: true)
  }

  /// What a transport says to a question whose body it did not take.
  package func refusal(_ problem: Problem, to question: Question) -> Answer {
    metrics.count("te_request_failure", ["err": "\(problem.kind)"])
    return addressed(Self.dialect(question.path).answer(problem), to: question)
  }

  /// The answer with what every one has: its request's name, and what lets a page read it.
  private func addressed(_ answer: Answer, to question: Question) -> Answer {
    var answer = answer
    answer.headers += pages.headers(for: question)
    answer.headers.append(("x-request-id", question.id))
    return answer
  }

  /// What can be asked, as METHOD /path.
  package static var addresses: Set<String> {
    let named = ["GET \(ModelRoutes.path){id}"]
    return Set(Route.all.flatMap { path, routes in routes.keys.map { "\($0) \(path)" } } + named)
  }

  private static func dialect(_ path: String) -> Dialect {
    let routes = Route.all[path] ?? Route.withName(path)
    let dialect = (routes?["POST"] ?? routes?.values.first)?.dialect
    // Ollama's clients ask for more than there is here.
    return dialect ?? (path.hasPrefix("/api/") ? .ollama : .openAI)
  }

  private func answerOrProblem(
    _ question: Question, isTrusted: Bool
  ) async throws -> Answer {
    let found = Route.all[question.path] ?? Route.withName(question.path)
    let dialect = Self.dialect(question.path)
    do {
      guard let found else {
        throw Problem(.notFound, "there is nothing at \(question.path.prefix(80))")
      }
      guard let route = found[question.method == "HEAD" ? "GET" : question.method] else {
        let methods = found.keys.sorted().joined(separator: ", ")
        var answer = dialect.answer(
          Problem(.wrongMethod, "\(question.path) is asked with \(methods)"))
        answer.headers.append(("allow", methods))
        return answer
      }
      try pages.check(question)
      var question = question
      if route.isLocked, !isTrusted { question = try unlocked(question) }
      let answer = try await route.answer(self, question)
      if route.isCounted { metrics.count("te_request_success", ["method": "single"]) }
      return answer
    } catch let error as CancellationError {
      throw error
    } catch {
      let problem = Problem.of(error)
      metrics.count("te_request_failure", ["err": "\(problem.kind)"])
      return dialect.answer(problem)
    }
  }

  /// - Returns: the question as one of the key's owner.
  private func unlocked(_ question: Question) throws -> Question {
    guard let keys = settings.keys else { return question }
    guard let key = question.key, let number = keys.number(of: key) else {
      throw Problem(.unauthorized, "a key of this server is needed: Authorization: Bearer …")
    }
    return Question(
      method: question.method, path: question.path, query: question.query,
      headers: question.headers, body: question.body, client: "key \(number)", id: question.id)
  }
}

extension Question {
  fileprivate var key: String? {
    if let value = headers["authorization"] {
      let parts = value.split(separator: " ", maxSplits: 1)
      if parts.count == 2, parts[0].lowercased() == "bearer" { return String(parts[1]) }
    }
    return headers["x-api-key"] ?? headers["api-key"]
  }
}
