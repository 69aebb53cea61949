import Foundation
import TesseraEmbedders
import TesseraTensors
import TesseraTestSupport
import Testing

/// Folders of sentence-transformers that hold no transformer with a pooling.
@Suite struct OtherEncoderTests {
  private struct Inputs: Decodable {
    struct Entry: Decodable { let text: String }
    let items: [Entry]
  }

  private func answers(_ name: String) throws -> [(text: String, vector: [Float])] {
    let expected = try Goldens.tensors("zoo/\(name)/expected.safetensors")
    return try Goldens.json("zoo/\(name)/inputs.json", as: Inputs.self).items.enumerated().map {
      ($1.text, try #require(expected["item.\($0)"]).elements)
    }
  }

  @Test func `SPLADE weighs the tokens of the vocabulary`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/splade"))
    #expect(embedder.vectorKinds == [.sparse])
    let answers = try answers("splade")
    let together = try embedder.encode(answers.map { .text($0.text) }, returning: [.sparse])
    for (answer, result) in zip(answers, together) {
      let weights = try #require(try result.get().lexicalWeights)
      let own = answer.vector.indices.map { weights[$0] ?? 0 }
      #expect(disagreement(own, answer.vector, .activation) == nil, "\(answer.text)")
      #expect(weights.values.allSatisfy { $0 > 0 })
      let alone = try embedder.encode(.text(answer.text), returning: [.sparse])
      #expect(alone.lexicalWeights == weights)
    }
    #expect(throws: EmbedderError.kindNotSupported(.dense, supported: [.sparse])) {
      try embedder.encode(.text("whale"))
    }
  }

  /// The numbers are sentence-transformers 6.2's, on transformers 5.
  @Test(arguments: [nil, true, false] as [Bool?])
  func `a matrix of the head's own weighs the words`(_ isTied: Bool?) throws {
    let folder = try GoldenCopy(of: "zoo/splade")
    try folder.changeTensors { tensors in
      let words = try #require(tensors["bert.embeddings.word_embeddings.weight"]).widened()
      let bias = try #require(tensors["cls.predictions.bias"]).widened()
      let rows = (0..<words.rowCount).reversed().flatMap { words.row($0).elements }
      tensors["cls.predictions.decoder.weight"] = StoredTensor(rows, shape: words.shape)
      tensors["cls.predictions.decoder.bias"] = StoredTensor(
        bias.elements.reversed(), shape: bias.shape)
    }
    if let isTied { try folder.merge(["tie_word_embeddings": isTied], into: "config.json") }
    let embedder = try Embedder(modelFolder: folder.url)
    let item = Item.text("a blue whale eats krill")
    let weights = try #require(try embedder.encode(item, returning: [.sparse]).lexicalWeights)
    #expect(weights.count == 304)
    for (id, weight) in [0: 1.5623556, 2: 1.4239644, 3: 1.2602713, 6: 0.21497373] as [Int: Float] {
      #expect(abs((weights[id] ?? 0) - weight) < 2e-5, "\(id)")
    }
  }

  @Test func `a head that shares no words and has no matrix is refused`() throws {
    let folder = try GoldenCopy(of: "zoo/splade")
    try folder.merge(["tie_word_embeddings": false], into: "config.json")
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) }
    #expect("\(error, default: "none")".contains("cls.predictions.decoder.weight"))
  }

  @Test func `a table of vectors gives their mean, and nothing for an empty text`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url("zoo/static-embedding"))
    let answers = try answers("static-embedding")
    let together = try embedder.encode(answers.map { .text($0.text) })
    for (answer, result) in zip(answers, together) {
      #expect(disagreement(try result.get().vector, answer.vector, .embedding) == nil)
    }
    #expect(try embedder.encode(.text("")).vector.allSatisfy { $0 == 0 })
  }

  /// model2vec's tensors: `mapping` [tokens] says which row of `embeddings` is a token's, and
  /// `weights` [tokens] what it is multiplied by.
  private func mapped(
    _ change: (inout [String: StoredTensor]) throws -> Void = { _ in }
  ) throws -> GoldenCopy {
    let folder = try GoldenCopy(of: "zoo/static-embedding")
    try folder.changeTensors(in: "0_StaticEmbedding") { tensors in
      let table = try #require(tensors["embedding.weight"]).widened()
      let (count, width) = (table.rowCount, table.rowWidth)
      let factors = (0..<count).map { Float(1 << ($0 % 3)) }
      // Rows in the opposite order, and divided by powers of two, which changes no digit.
      let rows = (0..<count).reversed().flatMap { id in
        table.row(id).elements.map { $0 / factors[id] }
      }
      tensors = [
        "embeddings": StoredTensor(rows, shape: [count, width]),
        "weights": StoredTensor(factors, shape: [count]),
        "mapping": StoredTensor(int64: (0..<count).reversed()),
      ]
      try change(&tensors)
    }
    return folder
  }

  @Test func `a token's row is found and weighed as model2vec has it`() throws {
    let folder = try mapped()
    let own = try Embedder(modelFolder: folder.url)
    let golden = try Embedder(modelFolder: Goldens.url("zoo/static-embedding"))
    for answer in try answers("static-embedding") {
      let item = Item.text(answer.text)
      #expect(try own.encode(item).vector == golden.encode(item).vector)
    }
  }

  @Test func `rows that the table does not have, and a missing weight, are refused`() throws {
    let cases: [(String, StoredTensor)] = [
      ("mapping", StoredTensor(int64: Array(0..<399) + [400])),
      ("mapping", StoredTensor(int64: Array(0..<399) + [-1])),
      ("mapping", StoredTensor([Float](repeating: 0, count: 400), shape: [400])),
      ("weights", StoredTensor([Float](repeating: 1, count: 399), shape: [399])),
    ]
    for (name, tensor) in cases {
      let folder = try mapped { $0[name] = tensor }
      let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: folder.url) }
      #expect("\(error, default: "none")".contains(name))
    }
  }
}

extension StoredTensor {
  fileprivate init(int64 values: [Int]) {
    let bytes = values.flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    let storage = bytes.withUnsafeBytes { bytes in
      TensorStorage(byteCount: bytes.count) { $0.copyMemory(from: bytes) }
    }
    self.init(dtype: .i64, shape: [values.count], storage: storage)
  }
}
