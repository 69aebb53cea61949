import Foundation
import GRDB
import TesseraRetrieval
import TesseraTensors
import TesseraTestSupport
import Testing

/// A store on disk: what is added is there, and stays there.
struct DiskStoreTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("s.tessera") }

  init() throws { folder = try TemporaryFolder() }

  private func store(segmentRows: Int = 64) throws -> DiskStore {
    try DiskStore(writing: path, segmentRows: segmentRows)
  }

  @Test func `what is added is found, over several segments, as the naive twin finds it`() throws {
    let rows = Vectors.rows(200)
    let store = try store()
    try store.add(Array(rows[..<150]))
    try store.add(Array(rows[150...]))
    let query = Vectors.random(seed: 9_000)
    let hits = try DiskStore(reading: path).search([query], StoreRequest(limit: 12))[0]
    let unit = try #require(query.ofLengthOne)
    let expected = rows.map { row in
      (row.item.id, zip(row.vector, unit).reduce(Float(0)) { $0 + $1.0 * $1.1 })
    }.sorted { $0.1 > $1.1 }.prefix(12)
    #expect(hits.map(\.item.id) == expected.map(\.0))
    for (hit, other) in zip(hits, expected) { #expect(abs(hit.score - other.1) < 1e-5) }
  }

  @Test func `vectors of length 1 keep their bits, others are brought to it`() throws {
    let store = try store()
    let unit = try #require(Vectors.random(seed: 1).ofLengthOne)
    try store.add([
      StoreRow(StoredItem(id: "unit"), vector: unit),
      StoreRow(StoredItem(id: "double"), vector: unit.map { $0 * 2 }),
    ])
    #expect(try store.vector(row: 0) == unit)
    #expect(disagreement(try store.vector(row: 1), unit, .embedding) == nil)
  }

  @Test func `numpy's header counts the rows`() throws {
    try store().add(Vectors.rows(70))
    let file = try NumPyFile(path: "\(path)/dense-0001.npy")
    #expect(file.rows == 64 && file.columns == Vectors.dimension)
    #expect(try NumPyFile(path: "\(path)/dense-0002.npy").rows == 6)
  }

  @Test func `a full disk is said, and what was committed stays`() throws {
    let store = try store()
    try store.add(Vectors.rows(10))
    // SQLite says the same of a database that may have no more pages.
    try store.change { try $0.database.execute(sql: "PRAGMA max_page_count = 1") }
    #expect(throws: StoreError.noRoom(path)) { try store.add(Vectors.rows(600)) }
    #expect(try store.count() == 10)
    let reader = try DiskStore(reading: path)
    #expect(try reader.count() == 10)
    #expect(try reader.verify().problems == [])
  }

  @Test func `a row with a known id takes the place of the old`() throws {
    let store = try store()
    try store.add(Vectors.rows(3))
    let new = StoreRow(StoredItem(id: "1", text: "new"), vector: Vectors.random(seed: 77))
    try store.add([new])
    #expect(try store.count() == 3)
    #expect(try store.rows(.init()).map(\.id) == ["0", "2", "1"])
    let hits = try store.search([new.vector], StoreRequest(limit: 1))[0]
    #expect(hits.map(\.item.text) == ["new"])
    #expect(hits.allSatisfy { abs($0.score - 1) < 1e-6 })
  }

  @Test func `more hits than rows, an offset, a least score, no rows at all`() throws {
    let store = try store()
    #expect(try store.search([Vectors.random(seed: 1)], StoreRequest())[0].isEmpty)
    try store.add(Vectors.rows(5))
    let query = Vectors.random(seed: 2)
    let all = try store.search([query], StoreRequest(limit: .max))[0]
    #expect(all.count == 5)
    let page = try store.search([query], StoreRequest(limit: 2, offset: 2))[0]
    #expect(page.map(\.item.id) == all[2..<4].map(\.item.id))
    let good = try store.search([query], StoreRequest(minimumScore: all[1].score))[0]
    #expect(good.map(\.item.id) == all[..<2].map(\.item.id))
  }

  @Test(arguments: [Float.nan, .infinity])
  func `numbers that are none are refused, and nothing is added`(number: Float) throws {
    let store = try store()
    try store.add(Vectors.rows(1))
    var rows = Vectors.rows(4).dropFirst().map { $0 }
    rows[2].vector[3] = number
    #expect(throws: StoreError.notFinite(id: "3")) { try store.add(rows) }
    #expect(try store.count() == 1)
  }

  @Test func `other refusals name the row`() throws {
    let store = try store()
    try store.add(Vectors.rows(2))
    let short = StoreRow(StoredItem(id: "s"), vector: [1, 2])
    #expect(throws: StoreError.dimension(id: "s", expected: Vectors.dimension, found: 2)) {
      try store.add([short])
    }
    let zero = StoreRow(
      StoredItem(id: "z"), vector: [Float](repeating: 0, count: Vectors.dimension))
    #expect(throws: StoreError.noDirection(id: "z")) { try store.add([zero]) }
    let twice = Vectors.rows(3)[2]
    #expect(throws: StoreError.repeatedID("2")) { try store.add([twice, twice]) }
    #expect(try store.count() == 2)
    #expect(try store.verify().problems.isEmpty)
  }

  @Test func `a second writer is told who writes, readers are not disturbed`() throws {
    let store = try store()
    try store.add(Vectors.rows(3))
    let reader = try DiskStore(reading: path)
    let error = #expect(throws: StoreError.self) { try DiskStore(writing: self.path) }
    #expect(error?.description.contains("\(getpid())") == true)
    _ = try store.remove(ids: ["1"])
    #expect(try reader.count() == 3)
    #expect(try DiskStore(reading: path).count() == 2)
    #expect(throws: StoreError.readOnly(path)) { try reader.add(Vectors.rows(1)) }
  }

  @Test func `a reader keeps what it sees while the store is compacted`() throws {
    let store = try store()
    try store.add(Vectors.rows(150))
    _ = try store.remove(ids: (0..<140).map(String.init))
    let reader = try DiskStore(reading: path)
    let query = Vectors.random(seed: 3)
    let before = try reader.search([query], StoreRequest(limit: 99))[0]
    #expect(try store.compact() == 140)
    let seen = try reader.search([query], StoreRequest(limit: 99))[0]
    let after = try DiskStore(reading: path).search([query], StoreRequest(limit: 99))[0]
    for hits in [seen, after] {
      #expect(hits.map(\.item.id) == before.map(\.item.id))
      #expect(hits.map(\.score) == before.map(\.score))
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).count { $0.hasSuffix("npy") } == 5)
    #expect(try store.verify().problems.isEmpty)
  }

  @Test func `compaction keeps every bit, over borders of segments, and down to nothing`() throws {
    let store = try store()
    try store.add(Vectors.rows(300))
    let gone = (0..<300).filter { !$0.isMultiple(of: 3) }.map(String.init)
    #expect(try store.remove(ids: gone + ["none"]) == 200)
    let kept = try store.rows(.init())
    let vectors = try (0..<100).map { try store.vector(row: $0 * 3) }
    try store.compact()
    #expect(try store.rows(.init()) == kept)
    #expect(try (0..<100).map { try store.vector(row: $0) } == vectors)
    #expect(try store.verify().problems.isEmpty)
    _ = try store.remove(ids: kept.map(\.id))
    try store.compact()
    #expect(try store.count() == 0)
    try store.add(Vectors.rows(2))
    #expect(try store.verify().rowCount == 2)
  }

  @Test func `a store of a newer version is refused, and so is what is none`() throws {
    _ = try store()
    let database = try StoreDatabase.openToWrite(path)
    try database.write { try $0.execute(sql: "PRAGMA user_version = 9") }
    try database.close()
    #expect(throws: StoreError.newerVersion(path, found: 9, known: StoreDatabase.version)) {
      try DiskStore(reading: self.path)
    }
    let other = folder.path("photos")
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: other + "/a.jpg"))
    #expect(throws: StoreError.notAStore(other)) { try DiskStore(writing: other) }
    #expect(throws: StoreError.missing("/nowhere.tessera")) {
      try DiskStore(reading: "/nowhere.tessera")
    }
  }

  @Test func `a copy is read where nobody can write`() throws {
    let store = try store()
    try store.add(Vectors.rows(3))
    let queue = try StoreDatabase.withCopy(of: path) { try StoreDatabase.openToRead($0) }
    #expect(try queue.unsafeRead { try Segment.all(in: $0).segments.map(\.rowCount) } == [3])
  }
}

struct BackgroundTests {
  @Test func `scores beside those of all rows`() throws {
    let folder = try TemporaryFolder()
    let store = try DiskStore(writing: folder.path("s.tessera"), segmentRows: 64)
    try store.add(Vectors.rows(100))
    _ = try store.remove(ids: ["7"])
    let query = Vectors.random(seed: 5_000)
    let background = try store.backgrounds(of: [query])[0]
    let scores = try store.search([query], StoreRequest(limit: .max))[0].map(\.score)
    #expect(background.count == 99 && scores.count == 99)
    let mean = scores.reduce(0, +) / 99
    let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 99
    #expect(abs(background.mean - mean) < 1e-5)
    #expect(abs(background.deviation - variance.squareRoot()) < 1e-5)
    #expect(abs(background.deviations(of: mean + 2 * variance.squareRoot()) - 2) < 1e-3)
    let filtered = try store.backgrounds(of: [query], filter: Filter("id in ('1', '7')"))[0]
    #expect(filtered.count == 1 && filtered.deviation == 0)
  }

  @Test func `what is likely, and what is not`() {
    // 0 and 1 in turn: mean 1/2, deviation 1/2.
    let background = Background(of: (0..<100).map { Float($0 % 2) })
    #expect(background.chance(of: -10) == 1)
    #expect(abs(background.chance(of: 0.5) - 1) < 1e-6)
    // 1 − Φ(4)^100
    #expect(abs(background.chance(of: 2.5) - 0.003_162) < 1e-5)
    #expect(background.chance(of: 9) < 1e-20)
  }
}
