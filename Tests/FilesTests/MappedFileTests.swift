import Foundation
import TesseraFiles
import Testing

@Suite struct MappedFileTests {
  @Test func `a file is mapped, copied and read again after its pages went`() throws {
    let path = NSTemporaryDirectory() + "mapped-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let content = Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0) })
    try FileWriter.write(content, to: path)
    let file = try MappedFile(path)
    #expect(Data(file.bytes) == content)
    file.releasePages(0..<content.count)
    #expect(Data(file.bytes) == content)
    var copy = [UInt8](repeating: 0, count: 100)
    copy.withUnsafeMutableBytes { out in
      guard let start = out.baseAddress else { return }
      file.copyBytes(4090..<4190, into: start)
    }
    #expect(Data(copy) == content[4090..<4190])
  }

  @Test func `an empty file has no bytes, a folder and a missing file are errors that name it`()
    throws
  {
    let path = NSTemporaryDirectory() + "empty-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileWriter.write(Data(), to: path)
    #expect(try MappedFile(path).bytes.isEmpty)
    #expect(throws: FileError(path: "/", operation: "map", code: EISDIR)) { try MappedFile("/") }
    let missing = path + ".missing"
    #expect(throws: FileError(path: missing, operation: "open", code: ENOENT)) {
      try MappedFile(missing)
    }
  }
}
