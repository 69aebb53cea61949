import Foundation
import TesseraCheckpoints
import TesseraTensors
import Testing

@Suite struct PyTorchFileTests {
  /// What the message must say about each hostile file.
  static let hostile: [(String, String)] = [
    ("deep-nesting", "expected a dictionary of tensors, found a list"),
    ("deflated", "'archive/data.pkl' is compressed (method 8)"),
    ("empty", "the file is empty"),
    ("eval", "builtins.eval"),
    ("huge-long4", "opcode LONG4 is not allowed"),
    ("huge-string-length", "a text runs past the end"),
    ("local-header-offset-out-of-range", "no local header at byte 2147483632"),
    ("memo-bomb", "200 values are left on the stack at STOP"),
    ("negative-stride", "zip: "),
    ("nested-getattr", "builtins.getattr"),
    ("no-pickle", "no data.pkl"),
    ("no-stop", "ends without STOP"),
    ("not-a-checkpoint", "found neither"),
    ("offset-out-of-range", "reaches element 14 of a storage of 8"),
    ("os-system", "posix.system"),
    ("stack-underflow", "stack underflow at REDUCE"),
    ("storage-missing", "its storage '0' is not in the file"),
    ("storage-too-short", "expected 32 bytes in its storage '0', found 16"),
    ("torch-load-inside", "torch.load"),
    ("truncated", "no end-of-central-directory record"),
    ("unknown-opcode", "unknown opcode 0xff"),
    ("zip-slip", "leads outside the archive"),
  ]

  @Test(arguments: hostile)
  func `hostile files are refused by name`(_ name: String, _ reason: String) throws {
    let path = Cases.path("pth-hostile/\(name).pth")
    let message = try #require(message { _ = try PyTorchFile(path: path) })
    #expect(message.hasPrefix(path))
    #expect(message.contains(reason), "\(message)")
  }

  @Test func `every hostile file has an expectation`() {
    #expect(Cases.names("pth-hostile", ending: ".pth") == Self.hostile.map { $0.0 + ".pth" })
  }

  @Test(arguments: Cases.names("pth-good", ending: ".pth"))
  func `tensors equal those of the reference bit for bit`(_ name: String) throws {
    let file = try PyTorchFile(path: Cases.path("pth-good/\(name)"))
    let expected = try SafetensorsFile(
      path: Cases.path("pth-good/\(name.dropLast(4)).expected.safetensors"))
    #expect(Set(file.names) == Set(expected.names))
    #expect(file.names.count == expected.names.count)
    for name in expected.names {
      let tensor = try #require(file[name])
      let reference = try #require(expected[name])
      #expect(tensor.dtype == reference.dtype)
      #expect(tensor.shape == reference.shape)
      #expect(tensor.withBytes { Array($0) } == reference.withBytes { Array($0) }, "\(name)")
    }
  }

  @Test func `every good file is there`() {
    #expect(Cases.names("pth-good", ending: ".pth").count == 14)
  }

  @Test func `contiguous tensors share the mapped file`() throws {
    let file = try PyTorchFile(path: Cases.path("pth-good/views-of-one-storage.pth"))
    let whole = try #require(file["whole"])
    #expect(file["row"]?.storage === whole.storage)
    #expect(file["column"]?.storage !== whole.storage)
  }

  @Test(arguments: ["zip-float16", "legacy-views", "views-of-one-storage", "protocol-4"])
  func `a bit flip or a cut anywhere ends in an error or in tensors`(_ name: String) throws {
    let folder = try TemporaryFolder()
    let good = [UInt8](try Data(contentsOf: URL(filePath: Cases.path("pth-good/\(name).pth"))))
    // A prime step keeps the number of files written small, and over the bits irregular.
    for index in stride(from: 0, to: good.count, by: 7) {
      var flipped = good
      flipped[index] ^= 1 << (index % 8)
      for bytes in [flipped, Array(good[..<index])] {
        guard let file = try? PyTorchFile(path: folder.file("damaged.pth", bytes)) else { continue }
        #expect(file.names.allSatisfy { file[$0] != nil })
      }
    }
  }
}
