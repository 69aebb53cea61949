import Foundation
import TesseraChat
import TesseraEmbedders
import TesseraHTTP
import TesseraJSON
import TesseraRetrieval
import TesseraServing
import TesseraTestSupport
import Testing

/// Search in an index of a few texts, and answers from it.
@Suite struct SearchTests {
  private let folder: TemporaryFolder
  private let texts = ["a whale in the sea", "a red car", "a red car!", "a paper plane"]

  init() throws {
    folder = try TemporaryFolder()
    let embedder = try Embedder(modelFolder: Embedder.pictureBookFolder())
    let store = try DiskStore(writing: path)
    try store.add(
      texts.enumerated().map { number, text in
        StoreRow(
          StoredItem(id: "n\(number)", text: text),
          vector: try embedder.encode(.text(text)).vector)
      })
  }

  private var path: String { folder.url.appending(path: "a.tessera").path }

  private func served(_ change: (inout ServiceSettings) -> Void = { _ in }) async throws -> Served {
    let path = path
    let index = try SearchIndex(name: "a") { changing in
      try changing ? DiskStore(writing: path) : DiskStore(reading: path)
    }
    return try await Served(indexes: [index], change)
  }

  private func ids(_ json: JSONValue) -> [String]? {
    json["hits"]?.array?.compactMap { $0["id"]?.string }
  }

  @Test func wordsAndRowsAndVectorsFind() async throws {
    let served = try await served()
    let words = try await served.ask("/v1/search", #"{"query":"a whale in the sea","k":1}"#)
    #expect(ids(words.json) == ["n0"])
    let like = try await served.ask("/v1/search", #"{"like":"n3","k":1}"#)
    #expect(ids(like.json) == ["n3"])
    let vector = try served.vector(.text("a red car"))
    let numbers = try await served.ask("/v1/search", "{\"vector\":\(vector),\"k\":2}")
    #expect(ids(numbers.json)?.first == "n1")
    for body in [#"{"like":"none"}"#, #"{"query":"a","vector":[1]}"#, "{}", #"{"vector":[1]}"#] {
      let status = try await served.ask("/v1/search", body).status
      #expect(status == (body.contains("none") ? 404 : 400), "\(body)")
    }
  }

  @Test func aHitThatRepeatsABetterOneSaysSo() async throws {
    let served = try await served()
    let found = try await served.ask(
      "/v1/search", #"{"query":"a red car","near_duplicates":0.9}"#)
    let hits = found.json["hits"]?.array ?? []
    #expect(hits.count == 4 && hits[0]["id"]?.string == "n1")
    let marked = hits.filter { $0["duplicate_of"] != nil }
    #expect(marked.map { $0["id"]?.string } == ["n2"])
    #expect(marked.first?["duplicate_of"]?.string == "n1")
    let plain = try await served.ask("/v1/search", #"{"query":"a red car"}"#)
    #expect(plain.json["hits"]?.array?.allSatisfy { $0["duplicate_of"] == nil } == true)
  }

  @Test func itemsComeAndGo() async throws {
    let served = try await served()
    let added = try await served.ask(
      "/v1/items", #"{"items":[{"id":"new","text":"a green tree","metadata":{"by":"me"}}]}"#)
    #expect(added.json["added"]?.number == 1)
    let found = try await served.ask("/v1/search", #"{"query":"a green tree","k":1}"#)
    #expect(ids(found.json) == ["new"])
    let removed = try await served.ask("/v1/items", #"{"ids":["new","none"]}"#, method: "DELETE")
    #expect(removed.json["removed"]?.number == 1)
    let list = try await served.ask("/v1/indexes")
    #expect(list.json["data"]?[0]?["rows"]?.number == 4)
  }

  /// Its vector is all that is kept of a picture that a client sends.
  @Test func aPictureOfAClientIsNoFile() async throws {
    let served = try await served()
    let picture = ShapesTests.png
    let added = try await served.ask(
      "/v1/items",
      #"{"items":[{"id":"p","image":"\#(picture)"},"#
        + #"{"id":"both","text":"four pixels","image":"\#(picture)"}]}"#)
    #expect(added.json["added"]?.number == 2, "\(added.json)")
    for (kind, id) in [("picture", "p"), ("pair", "both")] {
      let found = try await served.ask(
        "/v1/search", #"{"query":"pixels","where":"kind = \#(kind)"}"#)
      let hit = found.json["hits"]?[0]
      #expect(hit?["id"]?.string == id && hit?["kind"]?.string == kind, "\(found.json)")
      #expect(hit?["path"] == nil && hit?["image"] == nil)
      #expect(
        try await served.ask("/v1/explain", #"{"query":"a","id":"\#(id)"}"#).status == 400)
    }
    #expect(try await served.ask("/v1/picture", query: ["id": "p"]).status == 404)
    let store = try DiskStore(reading: path)
    #expect(try store.findings().filter { $0.kind == "gone" } == [])
    let found = try store.findings(encoding: 100, by: served.embedder)
    #expect(found.filter { ["p", "both"].contains($0.id) } == [])
    let hits = try store.search([served.vector(.text("pixels"))], StoreRequest(limit: 10))[0]
    let sources = ChatSources(hits, pixels: 64)
    #expect(sources.failures == [])
    #expect(Set(sources.notes.map { String($0.prefix { $0 != ":" }) }) == ["p", "both"])
    #expect(Set(sources.hits.map(\.item.id)).isSuperset(of: ["both", "n0"]))
  }

  /// What a client took away there would not come back, as its file is unchanged.
  @Test func itemsOfFilesAreTheIndexersAlone() async throws {
    let file = "/g/a.txt"
    try DiskStore(writing: path).add(
      kept: [
        KeptRow(
          item: StoredItem(id: "g/a.txt#1", text: "a tree", path: file),
          vector: Embedder(modelFolder: Embedder.pictureBookFolder()).encode(.text("a tree"))
            .vector,
          source: SourceRecord(path: file))
      ])
    let served = try await served()
    let added = try await served.ask(
      "/v1/items", #"{"items":[{"id":"new","text":"x"},{"id":"g/a.txt#1","text":"x"}]}"#)
    let removed = try await served.ask(
      "/v1/items", #"{"ids":["n0","g/a.txt#1"]}"#, method: "DELETE")
    for answer in [added, removed] {
      #expect(answer.status == 409)
      let message = answer.json["error"]?["message"]?.string ?? ""
      #expect(message.contains("g/a.txt#1") && message.contains(file), "\(message)")
    }
    let list = try await served.ask("/v1/indexes")
    #expect(list.json["data"]?[0]?["rows"]?.number == 5)
  }

  @Test(arguments: [
    (#"{"query":""}"#, "query"), (#"{"query":{"text":""}}"#, "query"),
    (#"{"query":"a","near_duplicates":7}"#, "near_duplicates"),
    (#"{"query":"a","near_duplicates":-1}"#, "near_duplicates"),
  ])
  func aWrongMemberIsNamed(body: String, name: String) async throws {
    let answer = try await served().ask("/v1/search", body)
    #expect(answer.status == 400)
    let parameter = answer.json["error"]?["param"]?.string
    #expect(parameter?.hasPrefix(name) == true, "\(answer.json)")
  }

  /// What the model says of an item has the name of the member that holds it.
  @Test func aPictureForAModelOfTextsIsNamed() async throws {
    let picture = try Data(contentsOf: Goldens.url("images/rgb.png")).base64EncodedString()
    let item = #"{"image":"data:image/png;base64,\#(picture)"}"#
    let path = path
    let index = try SearchIndex(name: "a") { _ in try DiskStore(reading: path) }
    let served = try await Served(folder: Goldens.url("zoo/distilbert"), indexes: [index])
    for (route, body, name) in [
      ("/v1/search", "{\"query\":\(item)}", "query"),
      ("/v1/embeddings", "{\"input\":[\(item)]}", "input"),
    ] {
      let answer = try await served.ask(route, body)
      #expect(answer.status == 400)
      #expect(answer.json["error"]?["param"]?.string == name, "\(answer.json)")
    }
  }

  @Test func aVectorWithoutDirectionIsNamed() async throws {
    let served = try await served()
    let zeros = [Float](repeating: 0, count: served.embedder.dimension)
    let answer = try await served.ask("/v1/search", "{\"vector\":\(zeros)}")
    #expect(answer.status == 400)
    #expect(answer.json["error"]?["param"]?.string == "vector")
  }

  @Test func whyIsTold() async throws {
    let served = try await served()
    let answer = try await served.ask("/v1/explain", #"{"query":"the red car","id":"n1"}"#)
    #expect(answer.status == 200, "\(answer.json)")
    let score = try await served.ask(
      "/v1/search", #"{"query":"the red car","where":"id = n1","k":1}"#)
    let cosine = try #require(answer.json["cosine"]?.number)
    #expect(abs(cosine - (score.json["hits"]?[0]?["score"]?.number ?? 0)) < 1e-5)
    let words = answer.json["parts"]?.array?.compactMap { $0["words"]?.array } ?? []
    #expect(words.contains { $0.contains(.string("red")) })
    #expect(try await served.ask("/v1/explain", #"{"query":"a","id":"none"}"#).status == 404)
  }

  @Test func aChatModelAnswersFromWhatIsFound() async throws {
    let chat = try LoopbackServer("chat")
    let address = "http://127.0.0.1:\(chat.port)/v1#good"
    let server = try ChatServer(
      ChatModel(address, api: .chat), environment: [:], transport: CurlTransport(patience: 10))
    let served = try await served { $0.chat = AnsweringModel(name: "good", server: server) }
    let whole = try await served.ask("/v1/ask", #"{"query":"a red car","k":1}"#)
    #expect(whole.status == 200, "\(whole.json)")
    #expect(whole.json["answer"]?.string?.contains("red") == true)
    #expect(whole.json["sources"]?[0]?["id"]?.string == "n1")
    let streamed = try await served.answer("/v1/ask", #"{"query":"a red car","stream":true}"#)
    var text = ""
    for await piece in try #require(streamed.pieces) {
      text += String(decoding: piece, as: UTF8.self)
    }
    let events = text.components(separatedBy: "\n\n").filter { !$0.isEmpty }
    #expect(events.first?.contains(#""sources":[{"number":1"#) == true)
    #expect(events.last == "data: [DONE]")
    let pieces = try events.dropLast().map { event in
      try JSONReader.read(String(event.dropFirst("data: ".count))) { try $0.readValue() }
    }
    let joined = pieces.compactMap { $0["text"]?.string }.joined()
    #expect(joined == whole.json["answer"]?.string)
    #expect(pieces.last?["end"]?.string == "stop")
    #expect(String(decoding: try chat.ask("/log"), as: UTF8.self).contains("a red car"))
  }

  @Test func aChatModelThatIsNotThereIsNoFaultOfOurs() async throws {
    let server = try ChatServer(
      ChatModel("http://127.0.0.1:1/v1#gone", api: .chat), environment: [:],
      transport: CurlTransport(patience: 2), pause: 0.01)
    let served = try await served { $0.chat = AnsweringModel(name: "gone", server: server) }
    let answer = try await served.ask("/v1/ask", #"{"query":"a red car"}"#)
    #expect(answer.status == 502)
    #expect(answer.json["error"]?["type"]?.string == "server_error")
  }

  @Test func withoutAChatModelNobodyIsAsked() async throws {
    let served = try await served()
    #expect(try await served.ask("/v1/ask", #"{"query":"a"}"#).status == 404)
    #expect(try await served.ask("/v1/indexes").json["chat"] == .null)
  }
}
