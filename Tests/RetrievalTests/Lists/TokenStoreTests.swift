import Foundation
import TesseraEmbedders
import TesseraRetrieval
import TesseraTensors
import TesseraTestSupport
import Testing

/// Rows without dense vectors: a vector for each token, or words' weights, and nothing else.
struct TokenStoreTests {
  private static let width = 12
  private let folder: TemporaryFolder
  private var path: String { folder.path("s.tessera") }

  init() throws { folder = try TemporaryFolder() }

  private func store(_ kinds: [VectorKind] = [.colbert], at path: String? = nil) throws -> DiskStore
  {
    let store = try DiskStore(writing: path ?? self.path, segmentRows: 64)
    if try store.count() == 0 { try store.setVectorKinds(kinds) }
    return store
  }

  private static func vectors(_ count: Int, seed: Int) -> [[Float]] {
    (0..<count).map { token in
      let vector = Tensor.random([width], seed: UInt64(seed * 1000 + token)).elements
      return vector.ofLengthOne ?? vector
    }
  }

  private static func rows(_ numbers: Range<Int>) -> [StoreRow] {
    numbers.map { number in
      var row = StoreRow(StoredItem(id: "\(number)", text: "text \(number)"), vector: [])
      row.tokenVectors = vectors(1 + number * 37 % 290, seed: number)
      return row
    }
  }

  private static func query(_ seed: Int) -> StoreQuery {
    var query = StoreQuery(vector: [])
    query.tokenVectors = vectors(9, seed: seed)
    return query
  }

  /// By the definition, in double.
  private static func score(_ query: StoreQuery, _ row: StoreRow) -> Double {
    let tokens = query.tokenVectors ?? []
    let best = tokens.map { token in
      (row.tokenVectors ?? []).map {
        zip(token, $0).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      }
      .max() ?? 0
    }
    return best.reduce(0, +) / Double(tokens.count)
  }

  private func check(_ store: DiskStore, has rows: [StoreRow]) throws {
    let query = Self.query(9_001)
    let hits = try store.search(query, StoreRequest(limit: .max))
    let scores = Dictionary(
      uniqueKeysWithValues: rows.map { ($0.item.id, Self.score(query, $0)) })
    #expect(Set(hits.map(\.item.id)) == Set(scores.keys))
    for hit in hits { #expect(abs(Double(hit.score) - (scores[hit.item.id] ?? 9)) < 2e-6) }
    #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score })
    #expect(try store.search(query, StoreRequest(limit: 3)).map(\.row) == hits.prefix(3).map(\.row))
  }

  @Test func `rows come, are replaced and go, and every one is compared by its tokens`() throws {
    var rows = Self.rows(0..<150)
    let store = try store()
    try store.add(Array(rows[..<90]))
    try store.add(Array(rows[90...]))
    try check(store, has: rows)
    try check(DiskStore(reading: path), has: rows)
    rows[3].tokenVectors = Self.vectors(5, seed: 777)
    try store.add([rows[3]])
    let removed = rows.map(\.item.id).filter { (Int($0) ?? 0) % 3 == 1 }
    #expect(try store.remove(ids: removed) == removed.count)
    rows.removeAll { removed.contains($0.item.id) }
    try check(store, has: rows)
    let reader = try DiskStore(reading: path)
    #expect(try store.compact() == removed.count + 1)
    try check(store, has: rows)
    #expect(try store.verify().problems == [])
    // What it has mapped, a reader keeps.
    try check(reader, has: rows)
    try store.add(Self.rows(200..<230))
    rows += Self.rows(200..<230)
    try check(DiskStore(reading: path), has: rows)
    #expect(try store.verify().problems == [])
    let filtered = try store.search(
      Self.query(5), StoreRequest(limit: 99, filter: Filter("id in ('6', '201')")))
    #expect(Set(filtered.map(\.item.id)) == ["6", "201"])
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(!files.contains { $0.hasPrefix("dense") } && !files.contains("colbert-0001.npy"))
  }

  @Test func `what was written and never committed is written over`() throws {
    try store().add(Self.rows(0..<5))
    let file = try FileHandle(forWritingTo: URL(filePath: "\(path)/colbert-0001.npy"))
    try file.seekToEnd()
    try file.write(contentsOf: Data(repeating: 7, count: 999))
    try file.close()
    let again = try store()
    try again.add(Self.rows(5..<8))
    try check(again, has: Self.rows(0..<8))
    #expect(try again.verify().problems == [])
  }

  @Test func `programs that know dense vectors alone do not read it, and others stay as they were`()
    throws
  {
    let tokens = try store()
    try tokens.add(Self.rows(0..<2))
    let facts = try tokens.facts()
    #expect(facts.version == 3 && facts.dimension == nil)
    #expect(facts.tokenDimension == Self.width && facts.vectorKinds == ["colbert"])
    let dense = try store([.dense], at: folder.path("d.tessera"))
    try dense.add(Vectors.rows(2))
    #expect(try dense.facts().version == 2)
  }

  @Test func `what compares dense vectors is refused`() throws {
    let store = try store()
    try store.add(Self.rows(0..<4))
    let error = StoreError.noDense(path)
    let vector = Vectors.random(seed: 1)
    #expect(throws: error) { try store.search([vector], StoreRequest()) }
    #expect(throws: error) { try store.backgrounds(of: [vector]) }
    #expect(throws: error) { try store.duplicates(above: 0.9) }
    #expect(throws: error) { try store.sample(9, where: nil) }
    #expect(throws: error) { try store.searched() }
    #expect(throws: error) {
      try store.search(
        [Self.query(1)], mode: .hybrid(.init(weights: [.colbert: 1])), StoreRequest())
    }
    var words = StoreQuery(vector: [])
    words.lexicalWeights = [1: 1]
    #expect(throws: StoreError.noLists(path, kind: "sparse")) {
      try store.search([words], mode: .sparse, StoreRequest())
    }
    #expect(throws: StoreError.missingList(id: "0", kind: "colbert")) {
      try store.add(Vectors.rows(1))
    }
    #expect(try store.count() == 4)
  }

  @Test func `weights of words alone are compared by themselves`() throws {
    let store = try store([.sparse])
    let weights: [[Int: Float]] = [[1: 1, 5: 0.5], [2: 1], [:], [5: 2]]
    try store.add(
      weights.enumerated().map { number, weights in
        var row = StoreRow(StoredItem(id: "\(number)"), vector: [])
        row.lexicalWeights = weights
        return row
      })
    var query = StoreQuery(vector: [])
    query.lexicalWeights = [5: 1, 1: 0.25]
    let hits = try DiskStore(reading: path).search(query, StoreRequest())
    #expect(hits.map(\.item.id) == ["3", "0"] && hits.map(\.score) == [2, 0.75])
    #expect(try store.verify().problems == [])
  }

  @Test func `a copy has the same rows, and what has them is left`() throws {
    let source = try store()
    try source.add(Self.rows(0..<70))
    let target = try DiskStore(writing: folder.path("copy.tessera"))
    for (copied, present) in [(70, 0), (0, 70)] {
      var copy = StoreCopy(from: source, to: target)
      try copy.run(.init()) { _ in }
      #expect(copy.copiedCount == copied && copy.presentCount == present && copy.leftOut == [])
    }
    try check(target, has: Self.rows(0..<70))
    #expect(try target.verify().problems == [])
    #expect(try target.facts().version == 3)
    #expect(try target.findings() == [])
  }

  @Test func `another index takes its place, and it that of another`() throws {
    let tokens = try store()
    try tokens.add(Self.rows(0..<70))
    let dense = try DiskStore(writing: folder.path("d.tessera"), segmentRows: 64)
    try dense.add(Vectors.rows(3))
    let next = try store(at: folder.path("next.tessera"))
    try next.add(Self.rows(100..<170))
    try dense.replaceContents(with: next)
    try check(dense, has: Self.rows(100..<170))
    #expect(try dense.verify().problems == [])
    #expect(try dense.facts().version == 3)
    let other = try DiskStore(writing: folder.path("other.tessera"), segmentRows: 64)
    try other.add(Vectors.rows(3))
    try tokens.replaceContents(with: other)
    #expect(try tokens.facts().version == 2 && tokens.verify().problems == [])
    #expect(try tokens.search([Vectors.random(seed: 1)], StoreRequest())[0].count == 3)
  }

  @Test(arguments: ["colbert-0001.npy", "colbert-0001.ends.npy"])
  func `a wrong byte is found, and a file that is gone`(name: String) throws {
    try store().add(Self.rows(0..<20))
    let file = URL(filePath: "\(path)/\(name)")
    var bytes = try Data(contentsOf: file)
    bytes[4096 + 9] ^= 1
    try bytes.write(to: file)
    #expect(try !DiskStore(reading: path).verify().problems.isEmpty)
    try FileManager.default.removeItem(at: file)
    #expect(try !DiskStore(reading: path).verify().problems.isEmpty)
  }
}
