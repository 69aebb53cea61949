import Foundation
import TesseraChat
import TesseraEmbedders
import TesseraJSON
import TesseraServing
import TesseraTestSupport
import Testing

/// A model behind a service, without a socket; every answer is held against the description.
struct Served {
  let embedder: Embedder
  let service: Service
  private let description: OpenAPI

  /// - Parameters:
  ///   - folder: nil for the picture book.
  ///   - reranker: a folder of `Goldens`, called "pairs".
  ///   - chat: another, called "chat".
  init(
    folder: URL? = nil, reranker: String? = nil, chat: String? = nil,
    indexes: [SearchIndex] = [],
    limits: Batcher.Limits = Batcher.Limits(), _ change: (inout ServiceSettings) -> Void = { _ in }
  ) async throws {
    embedder = try Embedder(modelFolder: folder ?? Embedder.pictureBookFolder())
    var settings = ServiceSettings()
    change(&settings)
    let model = ServedModel(name: "book", aliases: [], embedder: embedder, created: 1)
    let pairs = try reranker.map {
      ServedReranker(
        name: "pairs", reranker: try Reranker(modelFolder: Goldens.url($0)), created: 1)
    }
    let chats = try chat.map {
      ServedChat(name: "chat", chat: try LocalChat(modelFolder: Goldens.url($0)), created: 1)
    }
    service = Service(
      models: ModelShelf(
        .init([model], rerankers: pairs.map { [$0] } ?? [], chats: chats.map { [$0] } ?? [])),
      indexes: indexes, settings: settings, limits: limits)
    description = try await OpenAPI(service)
  }

  /// What a client gets: the status, and the JSON, or a text in place of it.
  func ask(
    _ path: String, _ body: String? = nil, method: String? = nil,
    headers: [String: String] = [:], query: [String: String] = [:], client: String = "a"
  ) async throws -> (status: Int, json: JSONValue) {
    let answer = try await answer(
      path, body, method: method, headers: headers, query: query, client: client)
    guard answer.header("content-type") == "application/json" else {
      return (answer.status, .string(String(decoding: answer.body, as: UTF8.self)))
    }
    let json = try answer.body.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
    return (answer.status, json)
  }

  func answer(
    _ path: String, _ body: String? = nil, method: String? = nil,
    headers: [String: String] = [:], query: [String: String] = [:], client: String = "a"
  ) async throws -> Answer {
    let method = method ?? (body == nil ? "GET" : "POST")
    let answer = try await service.answer(
      Question(
        method: method, path: path, query: query, headers: headers,
        body: Array((body ?? "").utf8), client: client, id: "1"))
    let objection = try description.objection(to: answer, of: method, path)
    #expect(objection == nil, "\(method) \(path) \(body?.prefix(200) ?? "")")
    return answer
  }

  func vector(_ item: Item) throws -> [Float] { try embedder.encode(item).vector }
}

extension JSONValue {
  subscript(index: Int) -> JSONValue? {
    array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
  }

  /// The numbers of an array, as floats.
  var floats: [Float]? { array?.compactMap { $0.number.map { Float($0) } } }

  /// The floats of a text in base64.
  var base64Floats: [Float]? {
    guard let string, let data = Data(base64Encoded: string) else { return nil }
    return stride(from: 0, to: data.count, by: 4).map { start in
      Float(
        bitPattern: data[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
  }
}
