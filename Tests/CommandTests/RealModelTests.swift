import Foundation
import TesseraTestSupport
import Testing

/// all-MiniLM-L6-v2 with its real weights, the folder as it is, where `make test` could fetch it.
@Suite struct RealModelTests {
  static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../models/all-MiniLM-L6-v2").standardizedFileURL
  static var isThere: Bool {
    FileManager.default.fileExists(atPath: model.appending(path: "model.safetensors").path)
  }

  @Test(.enabled(if: isThere, "models/all-MiniLM-L6-v2 could not be fetched"))
  func `sentences of many scripts become PyTorch's vectors`() throws {
    let folder = try TemporaryFolder()
    let items = Goldens.url("all-MiniLM-L6-v2/items.jsonl").path
    let run = try Command(
      "tessera",
      [
        "encode", "-m", Self.model.path, "--input", items, "--format", "safetensors", "-o",
        folder.path("out.safetensors"),
      ])
    #expect(run.status == 0)
    let ours = try #require(
      try Goldens.tensors(at: URL(filePath: folder.path("out.safetensors")))["embeddings"])
    let reference = try #require(
      try Goldens.tensors("all-MiniLM-L6-v2/expected.safetensors")["embeddings"])
    expectNear(ours, reference, .embedding)
  }
}
