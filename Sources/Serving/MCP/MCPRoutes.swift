/// The Model Context Protocol over HTTP: a message a request, answered at once.
enum MCPRoutes {
  static let all: [String: [String: Route]] = ["/mcp": ["POST": message]]

  private static let message = Route(.openAI) { service, question in
    try service.pages.checkStrictly(question)
    if let version = question.headers["mcp-protocol-version"],
      !MCPServer.versions.contains(version)
    {
      throw Problem(
        .invalid,
        "mcp-protocol-version \(version.prefix(20)) is not spoken here; "
          + MCPServer.versions.joined(separator: ", "))
    }
    let line = String(decoding: question.body, as: UTF8.self)
    guard let reply = await MCPServer(service).reply(to: line, client: question.client) else {
      return Answer(status: 202, contentType: nil)
    }
    return .json(status: reply.isAnswer ? 200 : 400, reply.line)
  }
}
