/// What a person, or a program that makes clients, looks at first.
enum PageRoutes {
  static let all: [String: [String: Route]] = [
    "/": ["GET": page], "/openapi.json": ["GET": description],
    "/api-doc/openapi.json": ["GET": description],
  ]

  /// One file that asks nobody else; a key, where one is needed, is typed into it.
  private static let page = Route(.openAI, isLocked: false, isCounted: false) { _, _ in
    Answer(
      contentType: "text/html; charset=utf-8",
      headers: [
        (
          "content-security-policy",
          "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
            + " img-src 'self' data: blob:; connect-src 'self'; base-uri 'none';"
            + " form-action 'none'; frame-ancestors 'none'"
        ), ("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff"),
      ], body: PackageResources.page_html)
  }

  private static let description = Route(.openAI, isLocked: false, isCounted: false) { _, _ in
    Answer(body: PackageResources.openapi_json)
  }
}
