import TesseraRetrieval
import TesseraTestSupport
import Testing

/// The store in memory, and that it and the one on disk keep the same promises.
struct MemoryStoreTests {
  @Test func `both stores find, replace, remove and count alike`() throws {
    let folder = try TemporaryFolder()
    let memory = MemoryStore()
    let stores: [any VectorStore] = [memory, try DiskStore(writing: folder.path("s.tessera"))]
    let query = Vectors.random(seed: 4_000)
    var found: [[String]] = []
    for store in stores {
      try store.add(Vectors.rows(40))
      try store.add([StoreRow(StoredItem(id: "3", text: "new"), vector: Vectors.random(seed: 99))])
      #expect(try store.remove(ids: ["5", "none", "7"]) == 2)
      #expect(try store.count() == 38)
      #expect(try store.describe().dimension == Vectors.dimension)
      #expect(try store.rows(.init(offset: 37)).map(\.text) == ["new"])
      #expect(try store.rows(.init(offset: 3, limit: 2)).map(\.id) == ["4", "6"])
      let hits = try store.search([query, query], StoreRequest(limit: 5, offset: 1))
      #expect(hits.count == 2 && hits[0].map(\.score) == hits[1].map(\.score))
      found.append(hits[0].map(\.item.id))
      #expect(throws: StoreError.notFinite(id: "x")) {
        try store.add([
          StoreRow(
            StoredItem(id: "x"), vector: [Float](repeating: .nan, count: Vectors.dimension))
        ])
      }
    }
    #expect(found[0] == found[1])
    #expect(memory.rows(.init(filter: try Filter("text = new"))).map(\.id) == ["3"])
  }

  @Test func `of equal scores the earlier, of no rows none`() throws {
    let store = MemoryStore()
    #expect(try store.search([[1, 0]], StoreRequest())[0].isEmpty)
    try store.add((0..<4).map { StoreRow(StoredItem(id: "\($0)"), vector: [2, 0]) })
    try store.add([StoreRow(StoredItem(id: "up"), vector: [0, 3])])
    let hits = try store.search([[5, 0]], StoreRequest(minimumScore: 0.5))[0]
    #expect(hits.map(\.item.id) == ["0", "1", "2", "3"] && hits.allSatisfy { $0.score == 1 })
  }
}
