import Foundation
import TesseraEmbedders
import TesseraHTTP
import TesseraQdrant
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// Words' weights and tokens' vectors on a server that speaks Qdrant's REST (a stand-in: qdrant.py).
struct ServerListTests {
  private static let kinds = VectorKind.allCases

  private func store(_ server: LoopbackServer, creating: Bool = true) throws -> QdrantStore {
    let address = try #require(URL(string: "http://127.0.0.1:\(server.port)"))
    return try QdrantStore(
      QdrantServer(address, key: nil, transport: CurlTransport(patience: 5), pause: 0.01),
      collection: "notes", vector: nil, exact: false, creating: creating)
  }

  private func unit(_ random: inout some RandomNumberGenerator, _ count: Int) -> [Float] {
    let numbers = (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
    let length = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return numbers.map { $0 / length }
  }

  private func query(_ random: inout some RandomNumberGenerator) -> StoreQuery {
    var query = StoreQuery(vector: unit(&random, 6))
    query.lexicalWeights = [:]
    for _ in 0..<3 {
      query.lexicalWeights?[Int.random(in: 0..<12, using: &random)] = .random(
        in: 0.1...1, using: &random)
    }
    query.tokenVectors = (0..<Int.random(in: 2...4, using: &random)).map { _ in unit(&random, 5) }
    return query
  }

  private func rows(_ random: inout some RandomNumberGenerator) -> [StoreRow] {
    (0..<30).map { number in
      let vectors = query(&random)
      var row = StoreRow(
        StoredItem(id: "row \(number)", text: "t\(number)"), vector: vectors.vector)
      row.lexicalWeights = vectors.lexicalWeights
      row.tokenVectors = vectors.tokenVectors
      return row
    }
  }

  private static let modes: [SearchMode] = [
    .dense, .sparse, .colbert,
    .hybrid(.init(weights: [.dense: 1, .sparse: 1], usesRanks: true)),
    .hybrid(.init(weights: [.dense: 1, .sparse: 1, .colbert: 1], usesRanks: true)),
  ]

  @Test(arguments: 1...UInt64(6))
  func `every mode finds what a folder finds, after a copy there and back`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let temporary = try TemporaryFolder()
    let disk = try DiskStore(writing: temporary.path("a.tessera"))
    try disk.setVectorKinds(Self.kinds)
    try disk.add(rows(&random))
    let server = try LoopbackServer("qdrant")
    let made = try store(server)
    var copy = StoreCopy(from: disk, to: made)
    try copy.run(.init()) { _ in }
    #expect(copy.copiedCount == 30 && copy.leftOut.isEmpty)
    var again = StoreCopy(from: disk, to: made)
    try again.run(.init()) { _ in }
    #expect(again.copiedCount == 0 && again.presentCount == 30)

    let remote = try store(server, creating: false)
    #expect(remote.vectorKinds == Self.kinds)
    let back = try DiskStore(writing: temporary.path("b.tessera"))
    var home = StoreCopy(from: remote, to: back)
    try home.run(.init()) { _ in }
    #expect(back.vectorKinds == Self.kinds && home.copiedCount == 30)

    let queries = (0..<5).map { _ in query(&random) }
    for mode in Self.modes {
      for request in [
        StoreRequest(limit: 7), StoreRequest(limit: 4, offset: 2, minimumScore: 0.02),
      ] {
        let expected = try disk.search(queries, mode: mode, candidates: 200, request)
        for other in [remote, back] as [any KeptStore] {
          let found = try other.search(queries, mode: mode, candidates: 200, request)
          for (own, reference) in zip(found, expected) {
            #expect(own.count == reference.count && !own.isEmpty, "\(mode)")
            #expect(zip(own, reference).allSatisfy { abs($0.score - $1.score) < 1e-5 }, "\(mode)")
            // Rows of equal sums of ranks come in an order of the store's own.
            let scores = Dictionary(uniqueKeysWithValues: reference.map { ($0.item.id, $0.score) })
            for hit in own where scores[hit.item.id] == nil {
              let ends = [reference.first, reference.last].compactMap { $0?.score }
              #expect(ends.contains { abs(hit.score - $0) < 1e-5 }, "\(mode): \(hit)")
            }
            #expect(own.allSatisfy { abs($0.score - (scores[$0.item.id] ?? $0.score)) < 1e-5 })
          }
        }
      }
    }
  }

  @Test func `a query without a word that the vocabulary weighs finds nothing`() throws {
    var random = SplitMix64(seed: 7)
    let server = try LoopbackServer("qdrant")
    let store = try store(server)
    try store.setVectorKinds(Self.kinds)
    try store.add(rows(&random))
    var empty = query(&random)
    empty.lexicalWeights = [:]
    let found = try store.search(
      [empty, query(&random)], mode: .sparse, candidates: 9, .init(limit: 30))
    #expect(found.count == 2 && found[0].isEmpty && !found[1].isEmpty)
  }

  @Test func `what the server has not got, or counts otherwise, is refused by name`() throws {
    var random = SplitMix64(seed: 8)
    let server = try LoopbackServer("qdrant")
    let store = try store(server)
    let (rows, query) = (rows(&random), query(&random))
    try store.setVectorKinds([.dense, .sparse])
    try store.add(rows)
    func message(_ mode: SearchMode, _ store: QdrantStore) -> String {
      do { _ = try store.search([query], mode: mode, candidates: 9, .init()) } catch {
        return "\(error)"
      }
      return ""
    }
    #expect(message(.colbert, store).contains("no colbert vectors"))
    #expect(
      message(.hybrid(.init(weights: [.dense: 1, .sparse: 1])), store)
        .contains("--reciprocal-ranks"))
    #expect(
      message(.hybrid(.init(weights: [.dense: 1, .sparse: 2], usesRanks: true)), store)
        .contains("--weights"))
    #expect(throws: QdrantError.self) { try store.setVectorKinds([.dense]) }
    var poor = rows[0]
    poor.lexicalWeights = nil
    #expect(throws: StoreError.missingList(id: "row 0", kind: "sparse")) { try store.add([poor]) }
    let old = try LoopbackServer("qdrant", ["", "old"])
    let older = try self.store(old)
    try older.setVectorKinds([.dense, .sparse])
    try older.add(rows)
    #expect(message(.sparse, older).isEmpty)
    #expect(
      message(.hybrid(.init(weights: [.dense: 1, .sparse: 1], usesRanks: true)), older)
        .contains("1.16"))
  }

  @Test func `a store of dense vectors says so`() throws {
    var random = SplitMix64(seed: 9)
    let server = try LoopbackServer("qdrant")
    let store = try store(server)
    try store.add(rows(&random))
    let temporary = try TemporaryFolder()
    let disk = try DiskStore(writing: temporary.path("a.tessera"))
    try disk.setVectorKinds(Self.kinds)
    try disk.add(rows(&random))
    // The collection was made for dense vectors, and stays so.
    var copy = StoreCopy(from: disk, to: store)
    try copy.run(.init()) { _ in }
    #expect(copy.leftOut == [.sparse, .colbert])
    #expect(try store.count() == 30)
  }

  @Test func `rows without dense vectors are refused before anything is written`() throws {
    var random = SplitMix64(seed: 9)
    let server = try LoopbackServer("qdrant")
    let store = try store(server)
    let temporary = try TemporaryFolder()
    let disk = try DiskStore(writing: temporary.path("a.tessera"))
    try disk.setVectorKinds([.colbert])
    try disk.add(rows(&random))
    var copy = StoreCopy(from: disk, to: store)
    #expect(throws: StoreError.denseNeeded(store.place)) { try copy.run(.init()) { _ in } }
    #expect(copy.copiedCount == 0)
  }
}
