import Foundation
import TesseraPostgres
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// Tables of a real PostgreSQL with pgvector; skipped, with the reason, where none can be had.
@Suite(.enabled(if: Database.reason == nil, Comment(rawValue: Database.reason ?? "")))
struct PostgresStoreTests {
  private func store(
    _ name: String, options: String = "", creating: Bool = true
  ) throws -> PostgresStore {
    try PostgresStore(PostgresAddress(Database.address(name) + options), creating: creating)
  }

  @Test func `it finds, replaces, removes and counts as the store on disk does`() throws {
    let folder = try TemporaryFolder()
    let disk = try DiskStore(writing: folder.path("s.tessera"))
    let table = try store("conformance")
    #expect(try table.count() == 0)
    #expect(try table.search([Vectors.random(seed: 1)], StoreRequest())[0].isEmpty)
    for store in [disk, table] as [any KeptStore] {
      try store.add(Vectors.rows(40))
      try store.add([StoreRow(StoredItem(id: "3", text: "new"), vector: Vectors.random(seed: 99))])
      #expect(try store.remove(ids: ["5", "none", "7"]) == 2)
      #expect(try store.count() == 38)
      #expect(try store.describe().dimension == Vectors.dimension)
      #expect(try store.rows(.init(offset: 37)).map(\.text) == ["new"])
      #expect(try store.rows(.init(offset: 3, limit: 2)).map(\.id) == ["4", "6"])
      #expect(throws: StoreError.notFinite(id: "x")) {
        try store.add([
          StoreRow(
            StoredItem(id: "x"), vector: [Float](repeating: .nan, count: Vectors.dimension))
        ])
      }
      let zero = [Float](repeating: 0, count: Vectors.dimension)
      #expect(throws: StoreError.noDirection(id: "z")) {
        try store.add([StoreRow(StoredItem(id: "z"), vector: zero)])
      }
      #expect(throws: StoreError.dimension(id: "s", expected: Vectors.dimension, found: 2)) {
        try store.add([StoreRow(StoredItem(id: "s"), vector: [1, 2])])
      }
      #expect(try store.count() == 38)
    }
    let queries = (4_000..<4_004).map { Vectors.random(seed: $0) }
    for request in [StoreRequest(limit: 5, offset: 1), StoreRequest(limit: .max)] {
      let expected = try disk.search(queries, request)
      for (found, other) in zip(try table.search(queries, request), expected) {
        #expect(found.map(\.item.id) == other.map(\.item.id))
        for (x, y) in zip(found, other) { #expect(abs(x.score - y.score) < 1e-5) }
      }
    }
  }

  @Test func `conditions are true of the same rows as on disk`() throws {
    let store = try store("conditions")
    try store.add(StoredRows.filtered)
    for (condition, expected) in StoredRows.conditions {
      let found = try store.rows(.init(filter: try Filter(condition)))
      #expect(found.map(\.id).joined() == expected, "\(condition)")
      let hits = try store.search(
        [Vectors.random(seed: 3)], StoreRequest(limit: 9, filter: try Filter(condition)))[0]
      #expect(Set(hits.map(\.item.id)) == Set(expected.map(String.init)), "\(condition)")
    }
  }

  @Test(
    arguments: [
      "text = 'x'' OR 1=1 --'", "text = '\"); DROP TABLE hostile; --'", "x\\\"y.z = '%'",
      "text like 'x'' UNION SELECT 1 --'", "text = '$1'", "text contains '\\'",
    ])
  func `what a user writes is never SQL`(condition: String) throws {
    let store = try store("hostile \"\(abs(condition.hashValue))")
    try store.add(Vectors.rows(3))
    guard let filter = try? Filter(condition) else { return }
    #expect(try store.rows(.init(filter: filter)).isEmpty)
    #expect(try store.count() == 3)
  }

  @Test func `rows come back whole, with what made them`() throws {
    let store = try store("whole")
    try store.setValue(#"{"model":"it's"}"#, of: "fingerprint")
    var row = KeptRow(item: Vectors.rows(1)[0].item, vector: Vectors.rows(1)[0].vector)
    row.item.text = "tab\t line\n return\r back\\slash \\N 'quote' 鲸鱼 🐋"
    row.item.metadata = #"{"a": [1, {"b": null}], "c": "\\"}"#
    row.item.path = "/texts/a b.txt"
    row.item.lines = 3...9
    row.item.contentHash = "hash"
    var source = SourceRecord(path: "/texts/a b.txt")
    source.modified = 1_700_000_000_123_456_789
    row.source = source
    try store.add(kept: [row])
    let again = try self.store("whole", creating: false)
    #expect(try again.fingerprint()?.parts == ["model": "it's"])
    let found = try #require(try again.kept(ids: ["0"])["0"])
    #expect(found.item == row.item && found.source == row.source)
    #expect(found.vector == row.vector)
    #expect(throws: PostgresError.self) { try self.store("none", creating: false) }
  }

  @Test func `half precision and an index find nearly the same`() throws {
    let rows = Vectors.rows(300)
    let memory = MemoryStore()
    try memory.add(rows)
    let query = Vectors.random(seed: 77)
    let expected = try memory.search([query], StoreRequest(limit: 5))[0]
    for options in ["&type=halfvec", "&index=hnsw", "&type=halfvec&index=hnsw"] {
      let store = try store("options\(options.hashValue)", options: options)
      try store.add(rows)
      let hits = try store.search([query], StoreRequest(limit: 5))[0]
      #expect(hits.first?.item.id == expected.first?.item.id, "\(options)")
      #expect(abs((hits.first?.score ?? 0) - (expected.first?.score ?? 1)) < 2e-3)
    }
  }

  @Test func `a copy comes back equal`() throws {
    let folder = try TemporaryFolder()
    let source = try DiskStore(writing: folder.path("a.tessera"))
    try source.add(Vectors.rows(1500))
    var there = StoreCopy(from: source, to: try store("copied"))
    try there.run(.init()) { _ in }
    let target = try DiskStore(writing: folder.path("b.tessera"))
    var back = StoreCopy(from: try store("copied", creating: false), to: target)
    try back.run(.init()) { _ in }
    #expect(try target.rows(.init()) == source.rows(.init()))
    #expect(try target.vector(row: 1_499) == source.vector(row: 1_499))
    var again = StoreCopy(from: source, to: try store("copied"))
    try again.run(.init()) { _ in }
    #expect(again.copiedCount == 0 && again.presentCount == 1500)
  }
}

/// What needs no server.
struct PostgresAddressTests {
  @Test(arguments: [
    "postgresql://h/d", "postgresql://h/d?table=", "mysql://h?table=a",
    "postgresql://h/d?table=a&type=bit",
  ])
  func `what is no table is refused`(text: String) {
    #expect(throws: PostgresError.self) { try PostgresAddress(text) }
  }

  @Test func `a password is shown nowhere`() throws {
    let address = try PostgresAddress("postgresql://u:s3cret@127.0.0.1:9/d?table=a")
    #expect(!address.place.contains("s3cret"))
    let error = #expect(throws: PostgresError.self) { try PostgresStore(address, creating: true) }
    #expect(error?.description.contains("s3cret") == false)
    let wrong = #expect(throws: PostgresError.self) {
      try PostgresAddress("postgresql://u:s3cret@h/d")
    }
    #expect(wrong?.description.contains("s3cret") == false)
  }
}
