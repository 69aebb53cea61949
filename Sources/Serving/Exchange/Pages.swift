/// Whose pages may ask a server, by what browsers say of them.
struct Pages {
  /// Origins, or `*`.
  let allowed: Set<String>

  private static let loopback = ["localhost", "127.0.0.1", "[::1]"]

  func allow(_ origin: String) -> Bool { allowed.contains("*") || allowed.contains(origin) }

  /// - Throws: `Problem` where another site's page asks that was not allowed to.
  func check(_ question: Question) throws(Problem) {
    // A page of another site can send, though it hears no answer.
    guard question.method != "GET", question.headers["sec-fetch-site"] == "cross-site",
      !(question.headers["origin"].map(allow) ?? false)
    else { return }
    throw Problem(.forbidden, "pages of other sites may not ask here")
  }

  /// Stricter, for agents' tools: a name that leads here by the will of its owner is no excuse.
  ///
  /// - Throws: `Problem` for any page but those of this machine and those that were allowed.
  func checkStrictly(_ question: Question) throws(Problem) {
    guard let origin = question.headers["origin"], !allow(origin), !Self.isLocal(origin) else {
      return
    }
    throw Problem(.forbidden, "pages of \(origin.prefix(80)) may not ask here; see --cors")
  }

  private static func isLocal(_ origin: String) -> Bool {
    for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
      let host = origin.dropFirst(scheme.count)
      return loopback.contains { host == $0 || host.hasPrefix("\($0):") }
    }
    return false
  }

  /// The answer to a browser that asks whether its page may ask; nil for other questions.
  func preflight(_ question: Question) -> Answer? {
    guard question.method == "OPTIONS", let origin = question.headers["origin"], allow(origin),
      question.headers["access-control-request-method"] != nil
    else { return nil }
    return Answer(
      contentType: nil,
      headers: [
        ("access-control-allow-methods", "GET, POST, DELETE"),
        (
          "access-control-allow-headers",
          "authorization, content-type, x-api-key, api-key, x-request-id, mcp-protocol-version"
        ), ("access-control-max-age", "600"),
      ])
  }

  /// What lets an allowed page read an answer.
  func headers(for question: Question) -> [(name: String, value: String)] {
    guard !allowed.isEmpty else { return [] }
    guard let origin = question.headers["origin"], allow(origin) else {
      return [("vary", "origin")]
    }
    return [
      ("vary", "origin"), ("access-control-allow-origin", origin),
      ("access-control-expose-headers", "x-request-id, x-truncated, retry-after"),
    ]
  }
}
