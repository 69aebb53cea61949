import Foundation
import GRDB
import TesseraRetrieval
import TesseraTestSupport
import Testing

/// Files of a store that are not what was written.
struct DamageTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("s.tessera") }

  init() throws {
    folder = try TemporaryFolder()
    try DiskStore(writing: path, segmentRows: 64).add(Vectors.rows(10))
  }

  private func file(_ name: String) -> URL { URL(filePath: "\(path)/\(name)") }

  private func problems() throws -> [String] { try DiskStore(reading: path).verify().problems }

  @Test(arguments: ["dense-0001.npy", "dense-0001.codes.npy", "dense-0001.scales.npy"])
  func `one bit is noticed, and where it is`(name: String) throws {
    #expect(try problems().isEmpty)
    var data = try Data(contentsOf: file(name))
    data[4096 + 3] ^= 1
    try data.write(to: file(name))
    let found = try problems()
    #expect(found.count == 1 && found[0].contains("rows 0 to 9"), "\(found)")
  }

  @Test(arguments: ["dense-0001.npy", "dense-0001.norms.npy"])
  func `a file that is cut off is named`(name: String) throws {
    let data = try Data(contentsOf: file(name))
    try data.dropLast(1).write(to: file(name))
    let error = StoreError.truncated(
      file: "\(path)/\(name)", expected: data.count, found: data.count - 1)
    #expect(throws: error) {
      try DiskStore(reading: self.path).search([Vectors.random(seed: 1)], StoreRequest())
    }
    #expect(try problems() == ["\(error)"])
  }

  @Test func `another file's header is refused, a missing file is named`() throws {
    let name = "dense-0001.npy"
    var data = try Data(contentsOf: file(name))
    let header = NumPyHeader(type: "<f8", shape: [10, 24], byteCount: 4096)
    data.replaceSubrange(0..<4096, with: header.bytes)
    try data.write(to: file(name))
    #expect(try problems().first?.contains("header") == true)
    try FileManager.default.removeItem(at: file(name))
    #expect(try problems().first?.contains("cannot open \(path)/\(name)") == true)
  }

  @Test(arguments: [
    "segment SET first_row = 'x'", "segment SET rows = -5", "segment SET first_row = 1 << 50",
    "item SET row = 999 WHERE row = 3", "item SET width = 'wide'",
  ])
  func `a database that holds what it should not is an error`(change: String) throws {
    try StoreDatabase.openToWrite(path).write { try $0.execute(sql: "UPDATE \(change)") }
    let error = #expect(throws: StoreError.self) {
      let store = try DiskStore(reading: path)
      _ = try store.rows(.init())
      _ = try store.search([Vectors.random(seed: 1)], StoreRequest())
    }
    #expect(
      error.map { "\($0)".hasPrefix("index.sqlite: ") } == true, "\(String(describing: error))")
  }

  @Test func `what stands behind the rows that count is written over`() throws {
    let handle = try FileHandle(forWritingTo: file("dense-0001.npy"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(repeating: 7, count: 1000))
    try handle.close()
    #expect(try problems().isEmpty)
    let store = try DiskStore(writing: path, segmentRows: 64)
    try store.add(Array(Vectors.rows(12)[10...]))
    #expect(try store.verify().problems.isEmpty)
    #expect(try store.vector(row: 11) == Vectors.rows(12)[11].vector)
  }

  /// A run may end behind its commit, before the headers say so.
  @Test func `numpy's headers are completed by the next who writes`() throws {
    let whole = try Data(contentsOf: file("dense-0001.codes.npy"))
    var data = whole
    let header = NumPyHeader(type: "|i1", shape: [0, 24], byteCount: 4096)
    data.replaceSubrange(0..<4096, with: header.bytes)
    #expect(data != whole)
    try data.write(to: file("dense-0001.codes.npy"))
    #expect(try problems().isEmpty)
    _ = try DiskStore(writing: path)
    #expect(try Data(contentsOf: file("dense-0001.codes.npy")) == whole)
  }

  @Test func `files that no transaction knows go away`() throws {
    try Data("x".utf8).write(to: file("dense-0009.codes.npy"))
    _ = try DiskStore(writing: path)
    #expect(!FileManager.default.fileExists(atPath: file("dense-0009.codes.npy").path))
    #expect(FileManager.default.fileExists(atPath: file("dense-0001.codes.npy").path))
  }

  @Test func `damage that is met while writing names the database, and what to do`() throws {
    let (page, size) = try StoreDatabase.openToWrite(path).read { database in
      (
        try #require(
          try Int.fetchOne(
            database, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'item_hash'")),
        try #require(try Int.fetchOne(database, sql: "PRAGMA page_size"))
      )
    }
    var data = try Data(contentsOf: file("index.sqlite"))
    let place = (page - 1) * size..<page * size
    data.replaceSubrange(place, with: Data(repeating: 0xFF, count: size))
    try data.write(to: file("index.sqlite"))
    let store = try DiskStore(writing: path, segmentRows: 64)
    let error = #expect(throws: StoreError.self) { try store.add(Vectors.rows(20)) }
    let message = error.map { "\($0)" } ?? ""
    #expect(message.hasPrefix("\(path)/index.sqlite: "), "\(message)")
    #expect(message.contains("store verify") && message.contains("anew"), "\(message)")
    #expect(try problems().contains { $0.contains("index.sqlite: ") })
  }

  @Test func `a picture that an earlier server did not keep is no file`() throws {
    try StoreDatabase.openToWrite(path).write {
      try $0.execute(
        sql:
          "UPDATE item SET kind = 'picture', text = NULL, image = 'sent by a client' WHERE row = 3")
    }
    let item = try #require(try DiskStore(reading: path).rows(.init()).dropFirst(3).first)
    #expect(item.lacksPicture && item.image == nil && item.kind == .picture)
    #expect(item.staleness == nil)
  }

  @Test func `a database that is none is told`() throws {
    try Data("no database at all, and long enough to be none".utf8).write(to: file("index.sqlite"))
    #expect(throws: (any Error).self) { try DiskStore(reading: self.path) }
  }
}
