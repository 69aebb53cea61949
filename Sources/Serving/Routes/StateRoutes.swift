import TesseraJSON

/// How the server is.
enum StateRoutes {
  static let all: [String: [String: Route]] = [
    "/health": ["GET": ready], "/health/ready": ["GET": ready], "/health/live": ["GET": live],
    "/ping": ["GET": ready], "/metrics": ["GET": metrics],
  ]

  private static let ready = Route(.tei, isLocked: false, isCounted: false) { service, _ in
    guard service.acceptsMore else { throw Problem(.unavailable, "the server is stopping") }
    return .json(JSONWriter.line { $0.member("status", "ok") })
  }

  private static let live = Route(.tei, isLocked: false, isCounted: false) { _, _ in
    .json(JSONWriter.line { $0.member("status", "ok") })
  }

  private static let metrics = Route(.openAI, isCounted: false) { service, _ in
    let waiting = service.batcher.waiting
    let text = service.metrics.exposition(gauges: [
      "te_queue_size": waiting.requests, "tessera_queue_tokens": waiting.tokens,
    ])
    return Answer(contentType: "text/plain; version=0.0.4", body: Array(text.utf8))
  }
}
