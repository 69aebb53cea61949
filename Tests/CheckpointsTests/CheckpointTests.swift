import Foundation
import TesseraCheckpoints
import TesseraTensors
import Testing

@Suite struct CheckpointTests {
  @Test func `formats are told apart by content`() throws {
    let folder = try TemporaryFolder()
    for (source, name) in [
      ("pth-good/zip-float32.expected.safetensors", "weights.bin"),
      ("pth-good/zip-float32.pth", "weights.ckpt"),
      ("pth-good/legacy-format.pth", "weights"),
    ] {
      let path = "\(folder.path)/\(name)"
      try FileManager.default.copyItem(atPath: Cases.path(source), toPath: path)
      let checkpoint = try Checkpoint.open(URL(filePath: path))
      #expect(Set(checkpoint.names) == ["a.weight", "a.bias"])
      #expect(checkpoint["a.weight"]?.shape == [3, 5])
    }
  }

  @Test func `a header length that begins like a pickle is still a header length`() throws {
    let folder = try TemporaryFolder()
    var header = Array(#"{"w":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#.utf8)
    header += Array(repeating: UInt8(ascii: " "), count: 0x280 - header.count)
    let path = try folder.file("w.bin", [0x80, 2, 0, 0, 0, 0, 0, 0] + header + [7])
    #expect(try Checkpoint(path: path)["w"]?.withBytes { Array($0) } == [7])
  }

  @Test func `a tar archive is refused by name`() throws {
    let folder = try TemporaryFolder()
    let tar =
      [UInt8](repeating: 0, count: 257) + Array("ustar\0".utf8) + [UInt8](repeating: 0, count: 249)
    let path = try folder.file("old.pth", tar)
    #expect(try #require(message { _ = try Checkpoint(path: path) }).contains("tar format"))
  }

  @Test func `a missing file or an empty folder is an error with its path`() throws {
    let folder = try TemporaryFolder()
    #expect(
      message { _ = try Checkpoint(path: "\(folder.path)/none.pth") }?
        .contains("none.pth: No such file") == true)
    #expect(
      throws: CheckpointError.noWeights(
        folder: folder.path, expected: Checkpoint.fileNames)
    ) { try Checkpoint(path: folder.path) }
  }

  @Test func `a folder prefers safetensors`() throws {
    let folder = try TemporaryFolder()
    try copy("pth-good/zip-integers.pth", to: "pytorch_model.bin", in: folder)
    #expect(try Checkpoint(path: folder.path).names.contains("bool"))
    try copy("pth-good/zip-float32.expected.safetensors", to: "model.safetensors", in: folder)
    #expect(try Checkpoint(path: folder.path).names == ["a.bias", "a.weight"])
  }

  // MARK: Shards

  static let whole =
    #"{"metadata":{"total_size":1},"weight_map":{"a.bias":"1.safetensors","#
    + #""a.weight":"1.safetensors","frozen":"2.bin","w":"2.bin"}}"#

  @Test func `shards are joined`() throws {
    let checkpoint = try shards(Self.whole)
    #expect(checkpoint.names == ["a.bias", "a.weight", "w", "frozen"])
    #expect(checkpoint["w"]?.shape == [2, 3])
  }

  @Test(arguments: [
    (#"{"weight_map":{"w":"3.bin"}}"#, "the shard '3.bin' is not in the folder"),
    (
      #"{"weight_map":{"w":"../2.bin"}}"#,
      "expected bare file names in weight_map, found '../2.bin'"
    ),
    (#"{"weight_map":{"w":".."}}"#, "expected bare file names"),
    (#"{"weight_map":{"w":"a\\2.bin"}}"#, "expected bare file names"),
    (#"{"weight_map":{"w":""}}"#, "expected bare file names"),
    (#"{"weight_map":{"w":"2.bin","w":"2.bin"}}"#, "the name 'w' stands twice"),
    (#"{"weight_map":{"w":"2.bin","frozen":"2.bin","x":"2.bin"}}"#, "expected the tensor 'x'"),
    (#"{"weight_map":{"w":"2.bin"}}"#, "the tensor 'frozen' is not in"),
    (#"{"metadata":{}}"#, "no weight_map"),
    (#"{"weight_map":{},"weight_map":{}}"#, "weight_map stands twice"),
    (#"{"weight_map":[]}"#, "invalid JSON"),
  ])
  func `an index that disagrees with its shards is refused`(
    _ index: String, _ reason: String
  ) throws {
    let message = try #require(message { _ = try shards(index) })
    #expect(message.contains(reason), "\(message)")
  }

  @Test func `a tensor in two shards is refused`() throws {
    let folder = try TemporaryFolder()
    try copy("pth-good/parameters.pth", to: "1.bin", in: folder)
    try copy("pth-good/parameters.pth", to: "2.bin", in: folder)
    _ = try folder.file(
      "pytorch_model.bin.index.json",
      Array(#"{"weight_map":{"w":"1.bin","frozen":"2.bin"}}"#.utf8))
    let message = try #require(message { _ = try Checkpoint(path: folder.path) })
    #expect(message.contains("stands in two shards"))
  }

  private func shards(_ index: String) throws -> Checkpoint {
    let folder = try TemporaryFolder()
    try copy("pth-good/zip-float32.expected.safetensors", to: "1.safetensors", in: folder)
    try copy("pth-good/parameters.pth", to: "2.bin", in: folder)
    _ = try folder.file("model.safetensors.index.json", Array(index.utf8))
    return try Checkpoint(path: folder.path)
  }

  private func copy(_ source: String, to name: String, in folder: TemporaryFolder) throws {
    try FileManager.default.copyItem(
      atPath: Cases.path(source), toPath: "\(folder.path)/\(name)")
  }
}
