import Foundation
import GRDB
import TesseraCheckpoints
import TesseraQdrant
import TesseraTestSupport
import Testing

/// Points that would do something if they were unpickled: each is refused, the others are read.
struct HostileFolderTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("db") }

  init() throws {
    folder = try TemporaryFolder()
    let cases = try #require(LocalFolderTests.cases)
    try FileManager.default.copyItem(
      atPath: cases.appending(path: "client-unnamed").path, toPath: path)
  }

  private func put(_ pickle: [UInt8]) throws {
    let queue = try DatabaseQueue(path: path + "/collection/pictures/storage.sqlite")
    try queue.write {
      try $0.execute(
        sql: "INSERT INTO points (id, point) VALUES ('x', ?)", arguments: [Data(pickle)])
    }
  }

  private static func text(_ text: String) -> [UInt8] {
    [0x8C, UInt8(text.utf8.count)] + Array(text.utf8)
  }

  private static func call(_ module: String, _ name: String, _ argument: String) -> [UInt8] {
    [0x80, 4] + text(module) + text(name) + [0x93] + text(argument) + [0x85, 0x52, 0x2E]
  }

  @Test(
    arguments: [
      (call("os", "system", "touch /tmp/never"), "os.system"),
      (call("builtins", "eval", "1"), "builtins.eval"),
      (
        [0x80, 4] + Array("cposix\nsystem\n".utf8) + text("x") + [0x85, 0x52, 0x2E], "posix.system"
      ),
      ([0x80, 4, 0x69] + Array("os\nsystem\n".utf8) + [0x2E], "INST"),
      (
        [0x80, 4] + text("qdrant_client.http.models.models") + text("PointStruct")
          + [0x93, 0x29, 0x52, 0x2E], "REDUCE"
      ),
      ([0x80, 4, 0x82, 1, 0x2E], "EXT1"), ([0x80, 4] + text("a") + [0x51, 0x2E], "BINPERSID"),
      ([0x80, 4, 0x5D, 0x94, 0x68, 0, 0x61, 0x2E], "within each other"),
      ([0x80, 4, 0x4B, 1, 0x2E], "expected a point"), ([0x80, 4], "STOP"), ([], "STOP"),
    ] as [([UInt8], String)])
  func `what is not a point is refused by its name`(pickle: [UInt8], word: String) throws {
    try put(pickle)
    let (points, problems) = try LocalCollection(path, "pictures").points()
    #expect(points.count == 3)
    #expect(problems.count == 1 && problems[0].contains(word), "\(problems)")
    #expect(problems[0].contains("row 5") || problems[0].contains("row "))
  }

  @Test func `values that multiply are refused before they fill the memory`() throws {
    // A list of two references to the list before, forty times: 2^40 values.
    var pickle: [UInt8] = [0x80, 4, 0x5D, 0x94]
    for index in 0..<UInt8(40) {
      pickle += [0x5D, 0x94, 0x28, 0x68, index, 0x68, index, 0x65]
    }
    // The last list alone stays: those before are below it on the stack.
    pickle += [0x2E]
    #expect(throws: (any Error).self) { try pickle.withUnsafeBytes { try PickledValue($0) } }
    var nested: [UInt8] = [0x80, 4]
    nested += [UInt8](repeating: 0x5D, count: 400) + [UInt8](repeating: 0x61, count: 399) + [0x2E]
    let error = #expect(throws: PickleError.self) {
      try nested.withUnsafeBytes { try PickledValue($0) }
    }
    #expect(error?.reason == .tooDeep(limit: 128))
  }

  @Test func `integers of any length keep their digits`() throws {
    func read(_ bytes: [UInt8]) throws -> PickledValue {
      let pickle = [0x80, 4, 0x8A, UInt8(bytes.count)] + bytes + [0x2E]
      return try pickle.withUnsafeBytes { try PickledValue($0) }
    }
    #expect(try read([0, 0, 0, 0, 0, 0, 0, 0x80, 0]) == .bigInt("9223372036854775808"))
    #expect(
      try read([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF])
        == .bigInt("-9223372036854775809"))
    #expect(try read([0xFF]) == .int(-1))
  }

  @Test func `a damaged database is said`() throws {
    let file = path + "/collection/pictures/storage.sqlite"
    try Data("no database".utf8).write(to: URL(filePath: file))
    let error = #expect(throws: QdrantError.self) {
      try LocalCollection(path, "pictures").points()
    }
    #expect(error?.description.contains(file) == true)
    try FileManager.default.removeItem(atPath: file)
    #expect(throws: QdrantError.damaged(file: file, reason: "it is missing")) {
      try LocalCollection(path, "pictures").points()
    }
  }
}
