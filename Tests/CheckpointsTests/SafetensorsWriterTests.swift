import Foundation
import TesseraCheckpoints
import TesseraFiles
import TesseraTensors
import Testing

@Suite struct SafetensorsWriterTests {
  @Test(arguments: Cases.names("pth-good", ending: ".expected.safetensors"))
  func `a file is written back byte for byte`(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = Cases.path("pth-good/\(name)")
    let file = try SafetensorsFile(path: path)
    // Backwards, so that the order must come from the writer.
    let writer = try SafetensorsWriter(file.tensors.reversed(), metadata: file.metadata)
    let copy = "\(folder.path)/copy.safetensors"
    try writer.write(to: copy) { try #require(file[$0.name]) }
    #expect(FileManager.default.contentsEqual(atPath: path, andPath: copy))
  }

  @Test func `every dtype survives`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/every.safetensors"
    let infos = DType.allCases.compactMap {
      TensorInfo(name: "of \"\($0)\"\n", dtype: $0, shape: [3, 1])
    }
    let writer = try SafetensorsWriter(infos, metadata: ["a": "b"])
    try writer.write(to: path) { info in
      StoredTensor(
        dtype: info.dtype, shape: info.shape,
        storage: TensorStorage(byteCount: info.byteCount) { bytes in
          for index in bytes.indices { bytes[index] = UInt8(index) }
        })
    }
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["a": "b"])
    #expect(file.tensors.count == DType.allCases.count)
    for info in infos {
      #expect(file.info(info.name) == info)
      #expect(file[info.name]?.withBytes { Array($0) } == (0..<info.byteCount).map { UInt8($0) })
    }
  }

  @Test func `equal and reserved names are refused`() throws {
    let info = try #require(TensorInfo(name: "w", dtype: .f32, shape: []))
    #expect(throws: SafetensorsWriter.PlanError.nameTwice("w")) {
      try SafetensorsWriter([info, info])
    }
    let reserved = try #require(TensorInfo(name: "__metadata__", dtype: .f32, shape: []))
    #expect(throws: SafetensorsWriter.PlanError.reservedName) { try SafetensorsWriter([reserved]) }
  }

  @Test func `progress can stop the writing`() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    let file = try SafetensorsFile(path: Cases.path("pth-good/zip-float32.expected.safetensors"))
    #expect(throws: Stop.self) {
      try SafetensorsWriter(file.tensors).write(
        to: "\(folder.path)/stopped", tensor: { try #require(file[$0.name]) },
        progress: { _, _ in throw Stop() })
    }
  }

  #if os(Linux)
    @Test func `a full disk is an error that says so`() throws {
      let file = try SafetensorsFile(path: Cases.path("pth-good/zip-float32.expected.safetensors"))
      #expect(throws: FileError(path: "/dev/full", operation: "write", code: ENOSPC)) {
        try SafetensorsWriter(file.tensors).write(to: "/dev/full") { try #require(file[$0.name]) }
      }
    }
  #endif
}
