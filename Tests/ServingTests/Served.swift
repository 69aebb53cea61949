import Foundation
import TesseraEmbedders
import TesseraJSON
import TesseraServing

/// The picture book behind a service, without a socket.
struct Served {
  let embedder: Embedder
  let service: Service

  init(
    limits: Batcher.Limits = Batcher.Limits(), _ change: (inout ServiceSettings) -> Void = { _ in }
  ) throws {
    embedder = try Embedder(modelFolder: Embedder.pictureBookFolder())
    var settings = ServiceSettings()
    change(&settings)
    let model = ServedModel(name: "book", aliases: [], embedder: embedder, created: 1)
    service = Service(models: ModelShelf([model]), settings: settings, limits: limits)
  }

  /// What a client gets: the status, and the JSON.
  func ask(
    _ path: String, _ body: String? = nil, headers: [String: String] = [:], client: String = "a"
  ) async throws -> (status: Int, json: JSONValue) {
    let answer = try await service.answer(
      Question(
        method: body == nil ? "GET" : "POST", path: path, headers: headers,
        body: Array((body ?? "").utf8), client: client, id: "1"))
    guard answer.header("content-type") == "application/json" else {
      return (answer.status, .string(String(decoding: answer.body, as: UTF8.self)))
    }
    let json = try answer.body.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
    return (answer.status, json)
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
