import Foundation
import TesseraHTTP
import TesseraQdrant
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// Collections on a server that speaks Qdrant's REST (a stand-in: qdrant.py).
struct ServerTests {
  private func store(
    _ server: LoopbackServer, key: String? = nil, collection: String = "photos",
    creating: Bool = true
  ) throws -> QdrantStore {
    let address = try #require(URL(string: "http://127.0.0.1:\(server.port)"))
    return try QdrantStore(
      QdrantServer(address, key: key, transport: CurlTransport(patience: 5), pause: 0.01),
      collection: collection, vector: nil, exact: false, creating: creating)
  }

  private func rows() -> [KeptRow] {
    StoredRows.filtered.map { row in
      var record = SourceRecord(path: "/texts/\(row.item.id).txt")
      record.byteCount = 100
      record.modified = 1_700_000_000_123_456_789
      var row = row
      row.item.contentHash = "hash \(row.item.id)"
      return KeptRow(item: row.item, vector: row.vector, source: record)
    }
  }

  @Test func `rows come back whole, with what made them`() throws {
    for arguments in [[], ["", "old"]] {
      let server = try LoopbackServer("qdrant", arguments)
      let store = try store(server)
      #expect(try store.count() == 0)
      try store.setValue(#"{"model":"a"}"#, of: "fingerprint")
      try store.add(kept: rows())
      let again = try self.store(server, creating: false)
      #expect(try again.fingerprint()?.parts == ["model": "a"])
      #expect(try again.count() == 6)
      let kept = try again.kept(ids: rows().map(\.item.id) + ["none"])
      #expect(kept.count == 6)
      for row in rows() {
        let found = try #require(kept[row.item.id])
        #expect(found.item.text == row.item.text && found.item.contentHash == row.item.contentHash)
        #expect(found.source == row.source)
        #expect(disagreement(found.vector, row.vector.ofLengthOne ?? [], .embedding) == nil)
      }
      #expect(try again.remove(ids: ["0", "none", "5"]) == 2)
      #expect(try again.count() == 4)
      #expect(try again.rows(.init(offset: 1, limit: 2)).count == 2)
    }
  }

  @Test func `conditions are true of the same rows as on disk`() throws {
    let server = try LoopbackServer("qdrant")
    let store = try store(server)
    try store.add(StoredRows.filtered)
    for (condition, expected) in StoredRows.conditions {
      let filter = try Filter(condition)
      let found = Set(try store.rows(.init(filter: filter)).map(\.id))
      #expect(found == Set(expected.map(String.init)), "\(condition)")
      let hits = try store.search(
        [Vectors.random(seed: 3)], StoreRequest(limit: 4, filter: filter))[0]
      #expect(hits.count == min(4, expected.count), "\(condition)")
      #expect(hits.allSatisfy { expected.contains($0.item.id) }, "\(condition)")
    }
  }

  @Test func `searches give cosines, best first, and pages`() throws {
    let server = try LoopbackServer("qdrant")
    let store = try store(server)
    let rows = Vectors.rows(50)
    try store.add(rows)
    let memory = MemoryStore()
    try memory.add(rows)
    let query = Vectors.random(seed: 400)
    let request = StoreRequest(limit: 5, offset: 3)
    let expected = try memory.search([query], request)[0]
    let found = try store.search([query, query], request)
    for hits in found {
      #expect(hits.map(\.item.id) == expected.map(\.item.id))
      for (x, y) in zip(hits, expected) { #expect(abs(x.score - y.score) < 1e-5) }
    }
    #expect(try store.search([query], StoreRequest(limit: .max))[0].count == 50)
    #expect(throws: StoreError.self) { try store.search([[1, 2]], StoreRequest()) }
  }

  @Test func `a busy or broken server is asked again, a refusal is said`() throws {
    let server = try LoopbackServer("qdrant")
    try store(server).add(Vectors.rows(3))
    try server.ask("/faults", body: "[503, 429, 0, 500]")
    #expect(try store(server, creating: false).count() == 3)
    try server.ask("/faults", body: "[400]")
    let error = #expect(throws: QdrantError.self) { try store(server) }
    #expect(error?.description.contains("400: fault 400") == true)
    let missing = #expect(throws: QdrantError.self) {
      try store(server, collection: "videos", creating: false)
    }
    #expect(missing?.description.contains("it has photos") == true)
  }

  @Test func `a key is asked for by its variable's name, and stays secret`() throws {
    let server = try LoopbackServer("qdrant", ["s3cret"])
    let none = #expect(throws: QdrantError.self) { try store(server) }
    #expect(none?.description.contains("set QDRANT_API_KEY") == true)
    let wrong = #expect(throws: QdrantError.self) { try store(server, key: "wr0ng") }
    #expect(wrong?.description.contains("wr0ng") == false)
    #expect(try store(server, key: "s3cret").count() == 0)
    let far = try #require(URL(string: "http://qdrant.example:6333"))
    #expect(throws: QdrantError.keyInTheClear(host: "qdrant.example")) {
      try QdrantServer(far, key: "s3cret", transport: CurlTransport(patience: 1))
    }
  }

  @Test func `a server that is too old or not there is said`() throws {
    let server = try LoopbackServer("qdrant", ["", "1.9"])
    #expect(throws: QdrantError.version(host: "http://127.0.0.1:\(server.port)", "1.9.2")) {
      try store(server)
    }
    let address = try #require(URL(string: "http://127.0.0.1:9"))
    let error = #expect(throws: QdrantError.self) {
      try QdrantStore(
        QdrantServer(address, key: nil, transport: CurlTransport(patience: 1), pause: 0.001),
        collection: "a", vector: nil, exact: false, creating: true)
    }
    #expect(error?.description.contains("cannot be reached") == true)
  }

  @Test func `a copy goes on where it stopped`() throws {
    let server = try LoopbackServer("qdrant")
    let folder = try TemporaryFolder()
    let source = try DiskStore(writing: folder.path("a.tessera"))
    var rows = Vectors.rows(600)
    rows[7].item.metadata = #"{"b":1.50,"a":[1,{"x":null}],"text":"own","tessera":2}"#
    try source.add(rows)
    try source.setValue(#"{"model":"a"}"#, of: "fingerprint")
    try server.ask("/faults", body: "[]")
    var copy = StoreCopy(from: source, to: try store(server))
    #expect(throws: Stop.self) {
      try copy.run(.init()) { if $0 >= 256 { throw Stop() } }
    }
    var rest = StoreCopy(from: source, to: try store(server))
    try rest.run(.init()) { _ in }
    #expect(rest.copiedCount == 344 && rest.presentCount == 256)
    var back = StoreCopy(
      from: try store(server), to: try DiskStore(writing: folder.path("b.tessera")))
    try back.run(.init()) { _ in }
    #expect(back.copiedCount == 600)
    var third = StoreCopy(from: try DiskStore(reading: folder.path("b.tessera")), to: source)
    try third.run(.init()) { _ in }
    #expect(third.presentCount == 600)
    try source.setValue(#"{"weights":"b"}"#, of: "fingerprint")
    var other = StoreCopy(from: source, to: try store(server))
    #expect(throws: StoreError.self) { try other.run(.init()) { _ in } }
  }

  private struct Stop: Error {}
}
