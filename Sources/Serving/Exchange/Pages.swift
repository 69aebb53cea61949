/// Whose pages may ask a server, and under which names, by what browsers say of them.
struct Pages {
  /// Origins, or `*`.
  let allowed: Set<String>
  /// Whether the server is known by names of this machine, and those of allowed origins, alone.
  ///
  /// Any site can have its own name lead to this machine (DNS rebinding): its pages are then the
  /// server's own to a browser, and only the name tells them from those.
  var isLocal = false

  private static let loopback = ["localhost", "127.0.0.1", "[::1]"]

  func allow(_ origin: String) -> Bool { allowed.contains("*") || allowed.contains(origin) }

  /// - Throws: `Problem` where another site's page asks that was not allowed to, or one that may have
  ///   come by a name of its own.
  func check(_ question: Question) throws(Problem) {
    try checkName(question)
    let origin = question.headers["origin"]
    if let origin, allow(origin) { return }
    let site = question.headers["sec-fetch-site"]
    if let origin {
      guard site != "cross-site", site == "same-origin" || isOwn(origin, of: question) else {
        throw Problem(.forbidden, "pages of \(origin.prefix(80)) may not ask here; see --cors")
      }
    } else if question.method != "GET", site == "cross-site" {
      // A page of another site can send, though it hears no answer.
      throw Problem(.forbidden, "pages of other sites may not ask here; see --cors")
    }
  }

  /// Stricter, for agents' tools: a name that leads here by the will of its owner is no excuse.
  ///
  /// - Throws: `Problem` for any page but those of this machine and those that were allowed.
  func checkStrictly(_ question: Question) throws(Problem) {
    guard let origin = question.headers["origin"], !allow(origin), !Self.isOfThisMachine(origin)
    else { return }
    throw Problem(.forbidden, "pages of \(origin.prefix(80)) may not ask here; see --cors")
  }

  private func checkName(_ question: Question) throws(Problem) {
    // What sends no name is no browser.
    guard isLocal, let authority = question.headers["host"], !authority.isEmpty else { return }
    let host = Self.host(ofAuthority: authority)
    guard !Self.loopback.contains(host), !Self.isAddress(host), !allowed.contains("*"),
      !allowed.contains(where: { Self.host(ofOrigin: $0) == host })
    else { return }
    throw Problem(
      .forbidden,
      "expected a request to localhost or an address; found one to \(host.prefix(80)). Behind a"
        + " proxy: let it send Host localhost, name the site with --cors, or give keys with"
        + " --api-key-file")
  }

  /// Whether a page is this machine's, or the server's under the name that was asked.
  private func isOwn(_ origin: String, of question: Question) -> Bool {
    if Self.isOfThisMachine(origin) { return true }
    guard let host = Self.host(ofOrigin: origin), let asked = question.headers["host"] else {
      return false
    }
    return host == Self.host(ofAuthority: asked)
  }

  private static func isOfThisMachine(_ origin: String) -> Bool {
    host(ofOrigin: origin).map(loopback.contains) ?? false
  }

  /// Nil for what is no site's, as `null`.
  private static func host(ofOrigin origin: String) -> String? {
    for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
      return host(ofAuthority: String(origin.dropFirst(scheme.count)))
    }
    return nil
  }

  /// Without the port; addresses of IPv6 keep their brackets.
  private static func host(ofAuthority authority: String) -> String {
    guard let end = authority.lastIndex(of: ":"),
      authority[end...].dropFirst().allSatisfy(\.isNumber)
    else { return authority.lowercased() }
    return authority[..<end].lowercased()
  }

  /// Nobody's name leads where an address does.
  private static func isAddress(_ host: String) -> Bool {
    if host.hasPrefix("["), host.hasSuffix("]") { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
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
