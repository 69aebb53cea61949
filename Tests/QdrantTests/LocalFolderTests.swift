import Foundation
import TesseraCheckpoints
import TesseraJSON
import TesseraQdrant
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// Folders of qdrant-client's local mode, as its own programs wrote them.
struct LocalFolderTests {
  static let cases = Bundle.module.url(forResource: "Cases", withExtension: nil)

  private static func path(_ name: String) throws -> String {
    try #require(cases).appending(path: name).path
  }

  /// What a folder holds, by its collections.
  private static func expected(_ folder: String) throws -> JSONValue {
    func read(_ file: String) throws -> JSONValue {
      let data = try Data(contentsOf: URL(filePath: path(file)))
      return try data.withUnsafeBytes { try JSONReader.read($0) { try $0.readValue() } }
    }
    return try read("expected.json")[folder] ?? read("\(folder).expected.json")
  }

  @Test(
    arguments: [
      ("client-unnamed", "pictures"), ("client-unnamed", "empty"), ("client-named", "m3"),
      ("llamaindex-seed", "image_collection"),
      ("llamaindex-seed-readers-VectorStoreIndex", "image_collection"),
      ("llamaindex-seed-readers-MultiModal", "image_collection"),
    ])
  func `every point has the payload and the vectors that the client reads`(
    folder: String, name: String
  ) throws {
    let expected = try #require(Self.expected(folder)[name]?.array)
    let (points, problems) = try LocalCollection(Self.path(folder), name).points()
    #expect(problems == [])
    #expect(points.count == expected.count)
    for point in points {
      let other = try #require(expected.first { Self.id($0["id"]) == "\(point.id)" }, "\(point.id)")
      let payload = try JSONReader.read(point.payload) { try $0.readValue() }
      #expect(payload == other["payload"], "\(point.id)")
      let vectors = try #require(other["vector"])
      var count = 0
      if case .array = vectors {
        count = 1
        try Self.expectSame(point.dense[""], vectors)
      }
      if case .object(let members) = vectors {
        count = members.count
        for (name, vector) in members.map({ ($0.key, $0.value) }) {
          if let indices = vector["indices"]?.array {
            let sparse = try #require(point.sparse[name])
            #expect(sparse.indices.map(Double.init) == indices.map { $0.number })
            #expect(sparse.values.map(Double.init) == vector["values"]?.array?.map { $0.number })
          } else if vector.array?.first?.array != nil {
            let rows = try #require(point.multi[name])
            for (row, other) in zip(rows, vector.array ?? []) { try Self.expectSame(row, other) }
            #expect(rows.count == vector.array?.count)
          } else {
            try Self.expectSame(point.dense[name], vector)
          }
        }
      }
      #expect(point.dense.count + point.multi.count + point.sparse.count == count)
    }
  }

  private static func id(_ value: JSONValue?) -> String? {
    value?.string ?? value?.number.map { "\(UInt64($0))" }
  }

  /// The client gives what is compared by cosine at length 1.
  private static func expectSame(_ vector: [Float]?, _ expected: JSONValue) throws {
    let numbers = (expected.array ?? []).compactMap { $0.number.map { Float($0) } }
    let found = try #require(vector)
    let length = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let own = found.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(found.count == numbers.count)
    for (x, y) in zip(found, numbers) { #expect(abs(x / own - y / length) < 1e-6) }
  }

  @Test func `a folder is searched and filtered, and an alias is its collection`() throws {
    let store = try QdrantFolder(
      Self.path("client-unnamed"), collection: "current", vector: nil)
    #expect(store.count() == 3)
    let rows = store.rows(.init())
    #expect(Set(rows.map(\.id)).contains("9223372036854775808"))
    let first = try #require(store.kept(ids: ["1"])["1"])
    let hits = try store.search([first.vector], StoreRequest(limit: 2))[0]
    #expect(hits.count == 2 && hits[0].item.id == "1" && abs(hits[0].score - 1) < 1e-6)
    #expect(hits[0].item.path == "a/红色的车.png" && hits[0].item.kind == .picture)
    #expect(store.rows(.init(filter: try Filter("version = 2"))).map(\.id) == ["1"])
    #expect(throws: StoreError.readOnly(store.place)) { try store.remove(ids: ["1"]) }
  }

  @Test func `LlamaIndex's nodes are pictures with their files`() throws {
    let store = try QdrantFolder(
      Self.path("llamaindex-seed-readers-MultiModal"), collection: "image_collection", vector: nil)
    let images = store.rows(.init()).compactMap(\.image)
    #expect(images.count == 4 && images.allSatisfy { $0.hasPrefix("/srv/album/pictures/") })
    let bikes = store.rows(.init(filter: try Filter("file_name = bike.png")))
    #expect(bikes.map(\.kind) == [.picture])
  }

  @Test func `the vector is chosen by its name, and one that is compared otherwise is refused`()
    throws
  {
    let path = try Self.path("client-named")
    #expect(try QdrantFolder(path, collection: "m3", vector: nil).vector.name == "text-dense")
    #expect(throws: QdrantError.distance("Euclid", of: "qdrant+file://\(path)/m3")) {
      try QdrantFolder(path, collection: "m3", vector: "image")
    }
    let error = #expect(throws: QdrantError.self) {
      try QdrantFolder(path, collection: "m3", vector: "colbert")
    }
    #expect(error?.description.contains("text-dense") == true)
    let other = #expect(throws: QdrantError.self) {
      try QdrantFolder(path, collection: "m4", vector: nil)
    }
    #expect(other?.description.contains("it has m3") == true)
    #expect(throws: QdrantError.noFolder("/nowhere")) {
      try QdrantFolder("/nowhere", collection: "m3", vector: nil)
    }
  }

  @Test func `an open client is said, and no obstacle`() throws {
    let folder = try TemporaryFolder()
    let copy = folder.path("db")
    try FileManager.default.copyItem(atPath: Self.path("client-unnamed"), toPath: copy)
    _ = FileManager.default.createFile(
      atPath: copy + "/.lock", contents: Data("tmp lock file".utf8))
    let lock = open(copy + "/.lock", O_RDWR)
    defer { close(lock) }
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let store = try QdrantFolder(copy, collection: "pictures", vector: nil)
    #expect(store.count() == 3)
    #expect(store.remarks.contains { $0.contains("another process has") })
  }
}
