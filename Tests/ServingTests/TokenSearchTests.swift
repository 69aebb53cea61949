import Foundation
import TesseraEmbedders
import TesseraRetrieval
import TesseraServing
import TesseraTestSupport
import Testing

/// Search in an index of token vectors, which has no dense ones.
@Suite struct TokenSearchTests {
  private let folder: TemporaryFolder
  private static let model = Goldens.url("zoo/colbert-stanford")
  private let texts = ["a whale in the sea", "a red car", "a paper plane"]

  init() throws { folder = try TemporaryFolder() }

  private func served() async throws -> Served {
    let path = folder.path("a.tessera")
    let embedder = try Embedder(modelFolder: Self.model)
    let store = try DiskStore(writing: path)
    try store.setVectorKinds([.colbert])
    let embeddings = try embedder.encode(
      texts.map { .text($0, prompt: .document) }, returning: [.colbert])
    try store.add(
      zip(texts, embeddings).enumerated().map { number, pair in
        StoreRow(StoredItem(id: "n\(number)", text: pair.0), try pair.1.get())
      })
    let index = try SearchIndex(name: "a") { changing in
      try changing ? DiskStore(writing: path) : DiskStore(reading: path)
    }
    return try await Served(folder: Self.model, indexes: [index])
  }

  @Test func hitsAreThoseOfLateInteraction() async throws {
    let served = try await served()
    let embedder = served.embedder
    let query = try embedder.encode([.text("the sea", prompt: .query)], returning: [.colbert])[0]
      .get()
    let documents = try embedder.encode(
      texts.map { .text($0, prompt: .document) }, returning: [.colbert]
    ).map { try $0.get() }
    let scores = documents.map { query.colbertScore(with: $0) ?? .nan }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    let found = try await served.ask("/v1/search", #"{"query":"the sea"}"#)
    let hits = try #require(found.json["hits"]?.array, "\(found.json)")
    #expect(hits.map { $0["id"]?.string } == order.map { "n\($0)" })
    for (hit, place) in zip(hits, order) {
      #expect(abs((hit["score"]?.number ?? 9) - Double(scores[place])) < 1e-5)
    }
    let like = try await served.ask("/v1/search", #"{"like":"n2","k":1}"#)
    #expect(like.json["hits"]?[0]?["id"]?.string == "n2", "\(like.json)")
  }

  @Test func itemsComeWithTheirTokens() async throws {
    let served = try await served()
    let added = try await served.ask(
      "/v1/items", #"{"items":[{"id":"new","text":"a green tree"}]}"#)
    #expect(added.json["added"]?.number == 1, "\(added.json)")
    let found = try await served.ask("/v1/search", #"{"query":"a tree","k":9}"#)
    #expect(found.json["hits"]?.array?.count == 4)
  }

  @Test func whatComparesDenseVectorsIsRefused() async throws {
    let served = try await served()
    for body in [#"{"vector":[1,0]}"#, #"{"query":"sea","near_duplicates":0.9}"#] {
      let answer = try await served.ask("/v1/search", body)
      #expect(answer.status == 400 && "\(answer.json)".contains("no dense vectors"), "\(body)")
    }
  }
}
