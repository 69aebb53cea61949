import Foundation
import TesseraEmbedders
import TesseraRetrieval
import TesseraTensors
import TesseraTestSupport
import Testing

/// Rows that have words' weights and token vectors beside their one vector.
struct ListStoreTests {
  private static let width = 12
  private let folder: TemporaryFolder
  private var path: String { folder.path("s.tessera") }

  init() throws { folder = try TemporaryFolder() }

  private func store() throws -> DiskStore { try DiskStore(writing: path, segmentRows: 64) }

  private static func rows(_ numbers: Range<Int>) -> [StoreRow] {
    numbers.map { number in
      var generator = SplitMix64(seed: UInt64(number) &* 77)
      var row = StoreRow(
        StoredItem(id: "\(number)", text: "text \(number)"),
        vector: Vectors.random(seed: UInt64(number)))
      var weights: [Int: Float] = [:]
      for _ in 0..<Int.random(in: 0...9, using: &generator) {
        weights[Int.random(in: 0..<50, using: &generator)] = Float.random(
          in: 0.01...1, using: &generator)
      }
      row.lexicalWeights = weights
      row.tokenVectors = (0..<Int.random(in: 1...300, using: &generator)).map { token in
        let vector = Tensor.random([width], seed: UInt64(number * 1000 + token)).elements
        return vector.ofLengthOne ?? vector
      }
      return row
    }
  }

  private static func query(_ seed: Int) -> StoreQuery {
    let row = rows(seed..<seed + 1)[0]
    var query = StoreQuery(vector: row.vector)
    query.lexicalWeights = [1: 0.5, 7: 0.25, 20: 1, 33: 0.75, 4999: 1]
    query.tokenVectors = Array(row.tokenVectors?.prefix(40) ?? [])
    return query
  }

  /// The scores by their definitions, all in double; nil where a row is no hit.
  private func score(_ query: StoreQuery, _ row: StoreRow, _ kind: VectorKind) -> Float? {
    func dot(_ x: [Float], _ y: [Float]) -> Double {
      zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    switch kind {
    case .dense:
      let lengths = dot(query.vector, query.vector) * dot(row.vector, row.vector)
      return Float(dot(query.vector, row.vector) / lengths.squareRoot())
    case .sparse:
      let shared = (row.lexicalWeights ?? [:]).filter { query.lexicalWeights?[$0.key] != nil }
      guard !shared.isEmpty else { return nil }
      return Float(
        shared.reduce(0.0) { $0 + Double($1.value) * Double(query.lexicalWeights?[$1.key] ?? 0) })
    case .colbert:
      let tokens = query.tokenVectors ?? []
      let best = tokens.map { token in (row.tokenVectors ?? []).map { dot(token, $0) }.max() ?? 0 }
      return Float(best.reduce(0, +) / Double(tokens.count))
    }
  }

  private func check(_ store: DiskStore, has rows: [StoreRow]) throws {
    for seed in [9_001, 9_002] {
      let query = Self.query(seed)
      for (mode, kind) in [(SearchMode.sparse, VectorKind.sparse), (.colbert, .colbert)] {
        let hits = try store.search([query], mode: mode, StoreRequest(limit: .max))[0]
        let expected = rows.compactMap { row in
          score(query, row, kind).map { (row.item.id, $0) }
        }
        #expect(hits.count == expected.count)
        let scores = Dictionary(uniqueKeysWithValues: expected)
        for hit in hits { #expect(abs(hit.score - (scores[hit.item.id] ?? 9)) < 2e-6) }
        #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score })
      }
    }
  }

  @Test func `words and tokens are compared as they are defined, whatever happens to rows`() throws
  {
    var rows = Self.rows(0..<150)
    let store = try store()
    try store.setVectorKinds([.dense, .sparse, .colbert])
    try store.add(Array(rows[..<90]))
    try store.add(Array(rows[90...]))
    try check(DiskStore(reading: path), has: rows)
    // One takes the place of another, many go, and space comes back.
    var other = Self.rows(500..<501)[0]
    other.item.id = "3"
    try store.add([other])
    rows[3] = other
    let removed = Set((0..<150).filter { $0 % 3 == 1 }.map(String.init))
    #expect(try store.remove(ids: removed.sorted()) == removed.count)
    rows.removeAll { removed.contains($0.item.id) }
    try check(store, has: rows)
    let reader = try DiskStore(reading: path)
    try store.compact()
    try check(store, has: rows)
    try check(reader, has: rows)
    #expect(try store.verify().problems == [])
    try store.add(Self.rows(200..<230))
    rows += Self.rows(200..<230)
    try check(DiskStore(reading: path), has: rows)
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(!files.contains("colbert-0001.npy") && files.contains { $0.hasPrefix("colbert-") })
  }

  @Test func `a hybrid search weighs scores, or ranks, of the rows that come first`() throws {
    let rows = Self.rows(0..<100)
    let store = try store()
    try store.setVectorKinds([.dense, .sparse, .colbert])
    try store.add(rows)
    let query = Self.query(9_003)
    let weights: [VectorKind: Float] = [.dense: 1, .sparse: 0.5, .colbert: 2]
    let hits = try store.search(
      [query], mode: .hybrid(.init(weights: weights)), candidates: 100, StoreRequest(limit: 100))[0]
    #expect(hits.count == 100)
    for hit in hits {
      let row = rows[try #require(Int(hit.item.id))]
      let expected = VectorKind.allCases.reduce(Float(0)) {
        $0 + (weights[$1] ?? 0) * (score(query, row, $1) ?? 0)
      }
      #expect(abs(hit.score - expected / 3.5) < 3e-6)
      #expect(hit.parts.count == 3)
    }
    let few = try store.search(
      [query], mode: .hybrid(.init(weights: [.dense: 1])), candidates: 5, StoreRequest(limit: 5))[0]
    let dense = try store.search([query.vector], StoreRequest(limit: 5))[0]
    #expect(few.map(\.item.id) == dense.map(\.item.id))
    let fused = try store.search(
      [query], mode: .hybrid(.init(weights: [.dense: 1, .colbert: 1], usesRanks: true)),
      candidates: 100, StoreRequest(limit: 3))[0]
    func ranks(_ kind: VectorKind) -> [String: Int] {
      let order = rows.sorted { (score(query, $0, kind) ?? 0) > (score(query, $1, kind) ?? 0) }
      return Dictionary(
        uniqueKeysWithValues: order.enumerated().map { ($1.item.id, $0 + 1) })
    }
    let (first, second) = (ranks(.dense), ranks(.colbert))
    for hit in fused {
      let expected =
        1 / (60 + Float(first[hit.item.id] ?? 0)) + 1 / (60 + Float(second[hit.item.id] ?? 0))
      #expect(abs(hit.score - expected) < 1e-6)
    }
  }

  @Test func `what is not there is said`() throws {
    let store = try store()
    try store.setVectorKinds([.dense, .sparse])
    #expect(throws: StoreError.missingList(id: "0", kind: "sparse")) {
      try store.add(Vectors.rows(1))
    }
    #expect(try store.count() == 0)
    try store.add(Self.rows(0..<2))
    let query = Self.query(1)
    #expect(throws: StoreError.noLists(path, kind: "colbert")) {
      try store.search([query], mode: .colbert, StoreRequest())
    }
    #expect(throws: StoreError.missingList(id: "the query", kind: "sparse")) {
      try store.search([StoreQuery(vector: query.vector)], mode: .sparse, StoreRequest())
    }
  }

  @Test(arguments: ["colbert-0001.npy", "sparse-0001.npy", "colbert-0001.ends.npy"])
  func `a wrong byte is found`(name: String) throws {
    let store = try store()
    try store.setVectorKinds([.dense, .sparse, .colbert])
    try store.add(Self.rows(0..<20))
    let file = URL(filePath: "\(path)/\(name)")
    var bytes = try Data(contentsOf: file)
    bytes[4096 + 9] ^= 1
    try bytes.write(to: file)
    #expect(try !DiskStore(reading: path).verify().problems.isEmpty)
  }

  @Test func `an index of the first version is brought up to this one`() throws {
    try store().add(Vectors.rows(3))
    let database = try StoreDatabase.openToWrite(path)
    try database.write {
      try $0.execute(sql: "DROP TABLE list_stretch; PRAGMA user_version = 1")
    }
    try database.close()
    #expect(try DiskStore(reading: path).verify().problems == [])
    let again = try store()
    try again.add(Self.rows(10..<11))
    #expect(try again.count() == 4 && again.verify().problems == [])
    #expect(try again.facts().version == 2)
  }
}
