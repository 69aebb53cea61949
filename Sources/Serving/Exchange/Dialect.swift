import TesseraJSON

/// Whose words a route speaks; errors differ most.
package enum Dialect: String, Sendable {
  case openAI, tei, cohere, ollama

  /// The problem in the dialect's words.
  package func answer(_ problem: Problem) -> Answer {
    var headers: [(name: String, value: String)] = []
    if let seconds = problem.retryAfter { headers.append(("retry-after", String(seconds))) }
    if problem.kind == .unauthorized { headers.append(("www-authenticate", "Bearer")) }
    return .json(status: status(of: problem), headers: headers, body(problem))
  }

  /// TEI says 422 where a value is wrong, and 424 where the model failed.
  private func status(of problem: Problem) -> Int {
    guard self == .tei else { return problem.status }
    return switch problem.kind {
    case .invalid, .badJSON: 422
    case .backend: 424
    default: problem.status
    }
  }

  private func body(_ problem: Problem) -> String {
    var json = JSONWriter()
    json.writeObject { object in
      switch self {
      case .openAI:
        object.object("error") { error in
          error.member("message", problem.message)
          error.member("type", problem.openAIType)
          error.member("param") { $0.write(problem.field) }
          error.member("code") { $0.write(problem.openAICode) }
        }
      case .tei:
        object.member("error", problem.message)
        object.member("error_type", problem.teiType)
      case .cohere: object.member("message", problem.message)
      case .ollama: object.member("error", problem.message)
      }
    }
    return json.text
  }
}

extension JSONWriter {
  mutating func write(_ text: String?) {
    if let text { write(text) } else { writeRaw("null") }
  }
}

extension Problem {
  fileprivate var openAIType: String {
    switch kind {
    case .backend, .neighbour: "server_error"
    case .unavailable: "service_unavailable"
    case .overloaded: "requests"
    default: "invalid_request_error"
    }
  }

  fileprivate var openAICode: String? {
    switch kind {
    case .unauthorized: "invalid_api_key"
    case .unknownModel: "model_not_found"
    case .overloaded: "rate_limit_exceeded"
    default: nil
    }
  }

  fileprivate var teiType: String {
    switch kind {
    case .empty: "Empty"
    case .overloaded: "Overloaded"
    case .unavailable: "Unhealthy"
    case .backend, .neighbour: "Backend"
    default: "Validation"
    }
  }
}
