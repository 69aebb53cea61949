import TesseraEmbedders
import TesseraJSON

/// OpenAI's chat completions, at once or piece by piece.
enum ChatRoutes {
  static let all: [String: [String: Route]] = [
    "/v1/chat/completions": ["POST": completions], "/chat/completions": ["POST": completions],
  ]

  private static let completions = Route(.openAI) { service, question in
    let request = try await ChatCompletionRequest(RequestFields(question), service)
    let events = try request.model.answer(request.messages, request.options)
    let writing = ChatCompletionWriting(request, id: question.id)
    guard request.isStreamed else {
      for await event in events {
        switch event {
        case .begun, .piece: break
        case .end(let answer): return .json(writing.whole(answer))
        case .failure(let error): throw Problem.ofChat(error)
        }
      }
      throw CancellationError()
    }
    return try await stream(events, writing)
  }

  /// An answer whose events follow; what keeps it from beginning is still an error.
  private static func stream(
    _ events: AsyncStream<ServedChat.Event>, _ writing: ChatCompletionWriting
  ) async throws -> Answer {
    let (pieces, sink) = AsyncStream<[UInt8]>.makeStream()
    try await withCheckedThrowingContinuation { (start: CheckedContinuation<Void, any Error>) in
      let task = Task {
        var start: CheckedContinuation<Void, any Error>? = start
        for await event in events {
          switch event {
          case .begun:
            start?.resume()
            start = nil
            sink.yield(writing.beginning)
          case .piece(let text): sink.yield(writing.piece(text))
          case .end(let answer): sink.yield(writing.end(answer))
          case .failure(let error):
            let problem = Problem.ofChat(error)
            if let waiting = start {
              waiting.resume(throwing: problem)
              start = nil
            } else {
              sink.yield(writing.failure(problem))
            }
          }
        }
        start?.resume(throwing: CancellationError())
        sink.finish()
      }
      sink.onTermination = { _ in task.cancel() }
    }
    return .events(pieces)
  }
}

extension Problem {
  fileprivate static func ofChat(_ error: any Error) -> Problem {
    switch error {
    case let error as ConversationError: Problem(.invalid, "\(error)", field: "messages")
    case let error as EmbedderError:
      switch error {
      case .unableToWrite, .unusableImage: Problem(.invalid, "\(error)", field: "messages")
      default: Problem.of(error)
      }
    default: Problem.of(error)
    }
  }
}
