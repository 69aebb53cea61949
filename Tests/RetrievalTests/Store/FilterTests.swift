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
    var rows = Vectors.rows(6)
    let metadata = [
      #"{"price":9.5,"tags":["sea","old"],"lang":"en"}"#, #"{"price":10,"lang":"de"}"#,
      #"{"price":"9","a":{"b":true}}"#, #"{"name":"own","year":2024,"lang":null}"#, nil,
      #"{"a":{"b":false},"tags":"seaside"}"#,
    ]
    for index in rows.indices { rows[index].item.metadata = metadata[index] }
    rows[4].item.image = "/photos/trip/a b.jpg"
    rows[4].item.width = 800
    rows[4].item.taken = "2024-05-31T18:20:00"
    rows[5].item.text = nil
    rows[5].item.image = "/photos/c.png"
    try store.add(rows)
  }

  private func ids(_ condition: String) throws -> String {
    try store.rows(StoreSelection(filter: Filter(condition))).map(\.id).joined()
  }

  @Test(
    arguments: [
      ("price < 10", "0"), ("price <= 10", "01"), ("price = 10", "1"), ("price != 10", "0"),
      ("price = '9'", "2"), ("price exists", "012"), ("price missing", "345"),
      ("lang != en", "1"), ("not lang = en", "12345"), ("lang exists", "01"),
      ("lang in (en, de)", "01"), ("lang not in (en)", "12345"), ("tags contains sea", "05"),
      ("a.b = true", "2"), ("a.b != true", "5"), ("year > 2000 and year < 2025", "3"),
      ("kind = picture or kind = pair", "45"), ("kind = text and price < 10 or width > 700", "04"),
      ("(kind = text or width > 700) and not price exists", "34"),
      ("name = 'a b.jpg'", "4"), ("folder = /photos/trip", "4"), ("path like '/photos/%'", "45"),
      ("metadata.name = own", "3"), ("taken = 2024-05", "4"), ("taken >= 2024-06", ""),
      ("taken < 2024-05-31T19", "4"), ("text contains 'xt 2'", "2"), ("id = 3", ""),
      ("id = '3'", "3"), ("NOT KIND = text", "012345"), ("text = ''", ""),
    ])
  func `conditions`(condition: String, expected: String) throws {
    #expect(try ids(condition) == expected, "\(condition)")
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
