import Foundation
import TesseraFiles
import Testing

@Suite struct FileContentsTests {
  private let path = NSTemporaryDirectory() + "contents-\(UUID().uuidString)"

  @Test(arguments: [0, 1, 4095, 4096, 4097, 3 << 20])
  func `a file is read whole, at once and in pieces`(count: Int) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let content = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) })
    try FileWriter.write(content, to: path)
    #expect(try FileContents(path).withBytes { Data($0) } == content)
    var pieces = Data()
    try FileContents.forEachPiece(of: path) { pieces.append(contentsOf: $0) }
    #expect(pieces == content)
  }

  @Test func `what grows while it is read is read to its end, what shrinks is shorter`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileWriter.write(Data(repeating: 1, count: 10_000), to: path)
    let writer = try #require(FileHandle(forWritingAtPath: path))
    let grown = try FileContents(path) { _ in
      _ = try? writer.seekToEnd()
      try? writer.write(contentsOf: Data(repeating: 2, count: 50_000))
    }
    #expect(grown.withBytes { $0.count } == 60_000)
    let cut = try FileContents(path) { _ in try? writer.truncate(atOffset: 5000) }
    #expect(cut.withBytes { $0.count } == 5000)
  }

  @Test func `the first bytes can refuse the rest`() throws {
    struct Refusal: Error {}
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileWriter.write(Data(repeating: 1, count: 10_000), to: path)
    #expect(throws: Refusal.self) {
      try FileContents(path) {
        #expect($0.count == 4096)
        throw Refusal()
      }
    }
  }

  @Test func `a folder and a missing file are errors that name it`() throws {
    #expect(throws: FileError(path: "/", operation: "read", code: EISDIR)) { try FileContents("/") }
    #expect(throws: FileError(path: path, operation: "open", code: ENOENT)) {
      try FileContents(path)
    }
  }
}
