import Foundation
import TesseraEmbedders
import TesseraTestSupport
import Testing

/// Models that give each token a vector, in sentence-transformers' own layout and in PyLate's.
@Suite struct LateInteractionTests {
  private struct Inputs: Decodable { let texts: [String] }

  private static let tasks: [(name: String, prompt: Prompt?)] = [
    ("query", .query), ("document", .document), ("none", nil),
  ]

  @Test(arguments: ["colbert", "colbert-pylate"])
  func `each token that counts has the reference's vector`(_ name: String) throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/\(name)"))
    #expect(embedder.vectorKinds == [.colbert])
    #expect(!embedder.notes.contains { $0.contains("is not known") }, "\(embedder.notes)")
    let texts = try Goldens.json("zoo/\(name)/inputs.json", as: Inputs.self).texts
    let expected = try Goldens.tensors("zoo/\(name)/expected.safetensors")
    for (task, prompt) in Self.tasks {
      let items = texts.map { Item(text: $0, prompt: prompt) }
      let together = try embedder.encode(items, returning: [.colbert])
      for (index, result) in together.enumerated() {
        let vectors = try #require(try result.get().colbertVectors)
        let wanted = try #require(expected["\(task).\(index)"])
        #expect(vectors.count == wanted.rowCount, "\(task) \(index)")
        #expect(
          disagreement(vectors.flatMap(\.self), wanted.elements, .embedding) == nil,
          "\(task) \(index)")
        let alone = try embedder.encode(items[index], returning: [.colbert])
        #expect(alone.colbertVectors == vectors)
      }
    }
  }

  @Test func `a length of queries is refused where texts have one vector`() throws {
    let folder = try TemporaryFolder()
    let model = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: Goldens.url("zoo/labse"), to: model)
    try Data(#"{"max_seq_length": 32, "query_length": 8}"#.utf8)
      .write(to: model.appending(path: "sentence_bert_config.json"))
    #expect(throws: (any Error).self) { try Embedder(modelFolder: model) }
  }
}
