import Foundation
import TesseraChat
import TesseraEmbedders
import TesseraImages
import TesseraJSON
import TesseraRetrieval

/// Answers from what an index has nearest to a question, by a chat model that sees its pictures.
enum AskRoutes {
  static let all: [String: [String: Route]] = ["/v1/ask": ["POST": ask]]

  /// Of a picture's longer side.
  private static let pixels = 1024

  private static let ask = Route(.openAI) { service, question in
    let fields = try RequestFields(question)
    try fields.allow(SearchRequest.fields + ["max_tokens", "stream"], harmless: ["user"])
    guard let chat = service.settings.chat else {
      throw Problem(.notFound, "this server has no chat model; it is given one with --chat")
    }
    let asked = try SearchRequest(fields, service, limit: 2)
    let maximum = try fields.int("max_tokens", in: 1...1_000_000)
    let item = try await asked.item()
    let query = try await asked.encoded(item, for: question)
    let hits = try await asked.index.search(query, asked.request, duplicates: nil).hits
    let events = try chat.ask {
      let sources = ChatSources(hits, pixels: pixels)
      guard !sources.hits.isEmpty else {
        let reasons = sources.notes.map { " (\($0))" }.joined()
        throw Problem(
          .notFound, "the index has nothing for this question\(reasons); nothing was asked")
      }
      let picture = try item.image.map { try ChatRequest.Picture($0, pixels: pixels) }
      return (sources, sources.request(item.text, picture: picture, maximumTokens: maximum))
    }
    let answering = Answering(index: asked.index.name, model: chat.name)
    return try fields.bool("stream") ?? false
      ? .events(answering.stream(events)) : try await answering.whole(events)
  }
}

/// Writes what comes of an answer.
private struct Answering {
  let index: String
  let model: String

  func whole(_ events: AsyncStream<AnsweringModel.Event>) async throws -> Answer {
    var sources: ChatSources?
    var text = ""
    var end: String?
    for await event in events {
      switch event {
      case .sources(let given): sources = given
      case .text(let piece): text += piece
      case .end(let reason): end = reason
      case .failure(let problem): throw problem
      }
    }
    try Task.checkCancellation()
    return .json(
      JSONWriter.line { object in
        object.member("object", "answer")
        object.member("index", index)
        object.member("model", model)
        object.member("answer", text)
        object.member("end", end ?? "stop")
        if let sources { write(sources, to: &object) }
      })
  }

  /// Server-sent events: the sources, pieces of text, the end.
  func stream(_ events: AsyncStream<AnsweringModel.Event>) -> AsyncStream<[UInt8]> {
    AsyncStream { listener in
      let task = Task {
        for await event in events {
          listener.yield(Array("data: \(json(of: event))\n".utf8))
        }
        listener.yield(Array("data: [DONE]\n\n".utf8))
        listener.finish()
      }
      listener.onTermination = { _ in task.cancel() }
    }
  }

  /// A line.
  private func json(of event: AnsweringModel.Event) -> String {
    JSONWriter.line { object in
      switch event {
      case .sources(let sources):
        object.member("index", index)
        object.member("model", model)
        write(sources, to: &object)
      case .text(let piece): object.member("text", piece)
      case .end(let reason): object.member("end", reason)
      case .failure(let problem): object.object("error") { $0.member("message", problem.message) }
      }
    }
  }

  private func write(_ sources: ChatSources, to object: inout JSONWriter.ObjectWriter) {
    object.objects("sources", sources.hits.enumerated()) { object, hit in
      object.member("number", hit.offset + 1)
      object.member("score", hit.element.score)
      object.member("id", hit.element.item.id)
      hit.element.item.writeFacts(to: &object)
    }
  }
}

extension ChatRequest.Picture {
  fileprivate init(_ image: ImageSource, pixels: Int) throws {
    switch image {
    case .file(let url): try self.init(file: url.path, pixels: pixels)
    case .data(let data, let name):
      try self.init(
        data.withUnsafeBytes { try Raster(decoding: $0, file: name, limits: ImageLimits()) },
        pixels: pixels)
    }
  }
}
