import Foundation
import TesseraEmbedders
import TesseraHTTP
import TesseraPostgres
import TesseraQdrant
import TesseraRetrieval
import TesseraServing
import TesseraTestSupport
import Testing

/// Indexes on servers: a collection of Qdrant's (a stand-in) and a table of PostgreSQL's.
@Suite struct ElsewhereTests {
  private let texts = ["a whale in the sea", "a red car", "a red car!", "a paper plane"]

  @Test func aCollectionIsSearchedAndChanged() async throws {
    let server = try LoopbackServer("qdrant")
    let address = try #require(URL(string: "http://127.0.0.1:\(server.port)"))
    try await check { changing in
      try QdrantStore(
        QdrantServer(address, key: nil, transport: CurlTransport(patience: 5), pause: 0.01),
        collection: "notes", vector: nil, exact: false, creating: changing)
    }
  }

  @Test(.enabled(if: Database.reason == nil, Comment(rawValue: Database.reason ?? "")))
  func aTableIsSearchedAndChanged() async throws {
    try await check { changing in
      try PostgresStore(PostgresAddress(Database.address("notes")), creating: changing)
    }
  }

  private func check(_ open: @escaping SearchIndex.Opening) async throws {
    let embedder = try Embedder(modelFolder: Embedder.pictureBookFolder())
    try open(true).add(
      texts.enumerated().map { number, text in
        StoreRow(
          StoredItem(id: "n\(number)", text: text),
          vector: try embedder.encode(.text(text)).vector)
      })
    let served = try await Served(indexes: [SearchIndex(name: "notes", open: open)])
    #expect(try await rows(served) == 4)
    let found = try await served.ask(
      "/v1/search", #"{"query":"a red car","k":3,"near_duplicates":0.9}"#)
    let hits = found.json["hits"]?.array ?? []
    #expect(hits.map { $0["id"]?.string }.prefix(2) == ["n1", "n2"])
    #expect(hits.map { $0["duplicate_of"]?.string } == [nil, "n1", nil])
    let added = try await served.ask(
      "/v1/items", #"{"items":[{"id":"new","text":"a green tree","metadata":{"by":"me"}}]}"#)
    #expect(added.json["added"]?.number == 1, "\(added.json)")
    let like = try await served.ask("/v1/search", #"{"like":"new","k":1,"where":"by = me"}"#)
    #expect(like.json["hits"]?[0]?["text"]?.string == "a green tree", "\(like.json)")
    // The kind is all that says that there was a picture.
    let picture = try await served.ask(
      "/v1/items", #"{"items":[{"id":"picture","image":"\#(ShapesTests.png)"}]}"#)
    #expect(picture.json["added"]?.number == 1, "\(picture.json)")
    let seen = try await served.ask("/v1/search", #"{"like":"picture","k":1}"#).json["hits"]?[0]
    #expect(seen?["kind"]?.string == "picture" && seen?["path"] == nil && seen?["image"] == nil)
    let removed = try await served.ask(
      "/v1/items", #"{"ids":["new","none","picture"]}"#, method: "DELETE")
    #expect(removed.json["removed"]?.number == 2)
    #expect(try await rows(served) == 4)
    #expect(try await served.ask("/v1/search", #"{"vector":[1,2]}"#).status == 400)
  }

  private func rows(_ served: Served) async throws -> Double? {
    try await served.ask("/v1/indexes").json["data"]?[0]?["rows"]?.number
  }
}
