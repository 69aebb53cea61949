import Foundation
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// Conditions on what is known of rows.
struct FilterTests {
  private let folder: TemporaryFolder
  private let store: DiskStore

  init() throws {
    folder = try TemporaryFolder()
    store = try DiskStore(writing: folder.path("s.tessera"), segmentRows: 64)
    try store.add(StoredRows.filtered)
  }

  private func ids(_ condition: String) throws -> String {
    try store.rows(StoreSelection(filter: Filter(condition))).map(\.id).joined()
  }

  @Test(arguments: StoredRows.conditions)
  func `conditions`(condition: String, expected: String) throws {
    #expect(try ids(condition) == expected, "\(condition)")
    let memory = MemoryStore()
    try memory.add(StoredRows.filtered)
    let found = memory.rows(StoreSelection(filter: try Filter(condition)))
    #expect(found.map(\.id).joined() == expected, "\(condition)")
  }

  @Test(
    arguments: [
      "text = 'x'' OR 1=1 --'", "text = '\"); DROP TABLE item; --'", "x.y = '%' ", "a--b = 1",
      "text like 'x'' UNION SELECT 1 --'", "lang in ('en'') OR (1=1', 'x')",
    ])
  func `what a user writes is never SQL`(condition: String) throws {
    #expect(try ids(condition) == "")
    #expect(try store.count() == 6)
  }

  @Test(
    arguments: [
      "", "price", "price <", "price < 1 and", "(price < 1", "price < 1)", "= 1", "price ~ 1",
      "price like 1 2", "text = 'x", "a..b = 1", "in (1)", "price in ()", "a\"b = 1",
    ])
  func `what cannot be read is refused with its place`(condition: String) throws {
    let error = #expect(throws: FilterError.self) { try Filter(condition) }
    #expect(error?.description.contains("character") == true, "\(condition)")
  }

  @Test func `depth and length are bounded`() throws {
    #expect(throws: FilterError.tooLong(limit: 400)) {
      try Filter(String(repeating: "(", count: 9_999) + "a = 1")
    }
    #expect(throws: FilterError.tooLong(limit: 400)) {
      try Filter(Array(repeating: "a = 1", count: 999).joined(separator: " or "))
    }
    #expect(try ids(Array(repeating: "price = 10", count: 390).joined(separator: " or ")) == "1")
  }

  @Test func `a search looks at no other rows`() throws {
    let query = Vectors.random(seed: 1)
    let filter = try Filter("price exists")
    let hits = try store.search([query], StoreRequest(limit: 9, filter: filter))[0]
    let all = try store.search([query], StoreRequest(limit: 9))[0]
    #expect(hits.map(\.item.id) == all.map(\.item.id).filter { "012".contains($0) })
  }
}
