import Foundation
import TesseraEmbedders
import TesseraModels
import TesseraStudy
import TesseraTensors
import TesseraTestSupport
import Testing

/// Models that give each token a vector, in the layout of Stanford's ColBERT.
@Suite struct StanfordColBERTTests {
  private struct Inputs: Decodable {
    let texts: [String]
    /// By task and number of the text: `query.0`.
    let ids: [String: [Int]]
  }

  private static let golden = "zoo/colbert-stanford"
  private static let tasks: [(name: String, prompt: Prompt)] = [
    ("query", .query), ("document", .document),
  ]
  private let inputs: Inputs
  private let expected: [String: Tensor]

  init() throws {
    inputs = try Goldens.json("\(Self.golden)/inputs.json", as: Inputs.self)
    expected = try Goldens.tensors("\(Self.golden)/expected.safetensors")
  }

  private func vectors(_ embedder: Embedder, _ prompt: Prompt) throws -> [Embedding] {
    try embedder.encode(
      inputs.texts.map { Item(text: $0, prompt: prompt) }, returning: [.colbert]
    ).map { try $0.get() }
  }

  /// - Parameter prefix: of the reference's names.
  private func requireReference(_ embedder: Embedder, _ prefix: String = "") throws {
    for (task, prompt) in Self.tasks {
      for (index, embedding) in try vectors(embedder, prompt).enumerated() {
        let found = try #require(embedding.colbertVectors)
        let wanted = try #require(expected["\(prefix)\(task).\(index)"])
        #expect(found.count == wanted.rowCount, "\(prefix)\(task) \(index)")
        #expect(
          disagreement(found.flatMap(\.self), wanted.elements, .embedding) == nil,
          "\(prefix)\(task) \(index)")
      }
    }
  }

  private func changed(_ changes: [String: Any]) throws -> GoldenCopy {
    let copy = try GoldenCopy(of: Self.golden)
    try copy.merge(changes, into: "artifact.metadata")
    return copy
  }

  @Test func `ids are the reference's: marked, cut, filled up`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url(Self.golden))
    for (task, prompt) in Self.tasks {
      for (index, text) in inputs.texts.enumerated() {
        let ids = try embedder.prepare(Item(text: text, prompt: prompt)).input.ids
        #expect(ids == inputs.ids["\(task).\(index)"], "\(task) \(index)")
      }
    }
  }

  @Test func `a plan has the ids that are read, and its words stand where their tokens do`() throws
  {
    let embedder = try Embedder(modelFolder: Goldens.url(Self.golden))
    for (task, prompt) in Self.tasks {
      for (index, text) in inputs.texts.enumerated() {
        let plan = try embedder.plan(for: Item(text: text, prompt: prompt))
        let ids = plan.rows.compactMap { row -> Int? in
          switch row.content {
          case .token(let id, _), .special(let id, _): id
          case .patch, .imageClass: nil
          }
        }
        let wanted = try #require(inputs.ids["\(task).\(index)"])
        #expect(ids == wanted, "\(task) \(index)")
        // The class token and the marker stand before them.
        #expect(plan.words.first?.rows.lowerBound == 2, "\(task) \(index)")
        for row in plan.words.flatMap(\.rows) {
          guard case .token = plan.rows[row].content else {
            Issue.record("\(task) \(index): row \(row) of a word is none of the text's")
            continue
          }
        }
        #expect(plan.limit == (task == "query" ? 12 : 24))
      }
    }
    let cut = try #require(embedder.plan(for: Item(text: inputs.texts[3], prompt: .query)).cut)
    #expect(cut.kept == 12 && cut.total > 24)
  }

  @Test func `each token that counts has the reference's vector`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url(Self.golden))
    #expect(embedder.vectorKinds == [.colbert])
    #expect(embedder.dimension == 16)
    #expect(embedder.notes.isEmpty, "\(embedder.notes)")
    try requireReference(embedder)
  }

  @Test func `queries may attend to what fills them up`() throws {
    let copy = try changed(["attend_to_mask_tokens": true])
    try requireReference(Embedder(modelFolder: copy.url), "attended.")
  }

  @Test func `punctuation has vectors where it is not masked`() throws {
    let copy = try changed(["mask_punctuation": false])
    try requireReference(Embedder(modelFolder: copy.url), "unmasked.")
  }

  @Test func `scores are Stanford's sums over the number of a query's tokens`() throws {
    let embedder = try Embedder(modelFolder: Goldens.url(Self.golden))
    let (queries, documents) = (
      try vectors(embedder, .query), try vectors(embedder, .document)
    )
    let scores = try #require(expected["scores"])
    for (i, query) in queries.enumerated() {
      let count = Float(try #require(query.colbertVectors).count)
      let sums = documents.map { (query.colbertScore(with: $0) ?? .nan) * count }
      #expect(disagreement(sums, scores.row(i).elements, .embedding) == nil, "query \(i)")
    }
  }

  @Test func `a folder that names its class alone is read by Stanford's defaults`() throws {
    let copy = try GoldenCopy(of: Self.golden)
    try FileManager.default.removeItem(at: copy.url.appending(path: "artifact.metadata"))
    let embedder = try Embedder(modelFolder: copy.url)
    let ids = try embedder.prepare(Item(text: "red", prompt: .query)).input.ids
    #expect(ids.count == 32)
    let short = try #require(inputs.ids["query.1"])
    #expect(Array(ids.prefix(short.count)) == short)
  }

  @Test func `a marker that the vocabulary lacks is the unknown token`() throws {
    let copy = try changed(["query_token_id": "[QueryMarker]"])
    let embedder = try Embedder(modelFolder: copy.url)
    let ids = try embedder.prepare(Item(text: "red", prompt: .query)).input.ids
    #expect(ids[1] == (try embedder.tokenizer()).specialTokens.unknownID)
  }

  @Test func `what would change vectors or scores is refused by name`() throws {
    for (key, value) in [
      ("dim", 128), ("interaction", "flipr"), ("reranker", true), ("similarity", "dot"),
      ("query_maxlen", 2), ("doc_maxlen", 0),
    ] as [(String, Any)] {
      let copy = try changed([key: value])
      let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: copy.url) }
      #expect("\(error, default: "none")".contains("artifact.metadata: \(key)"), "\(key)")
    }
    let copy = try changed(["invented_scale": 2])
    #expect(
      try Embedder(modelFolder: copy.url).notes
        == ["artifact.metadata: invented_scale is not known, and passed over"])
  }

  @Test func `a quantized folder keeps its settings, and gives int8's vectors to the bit`() throws {
    let folder = Goldens.url(Self.golden)
    let whole = try Embedder(modelFolder: folder, options: .init(precision: .int8))
    let quantized = try Embedder(modelFolder: ConvertedModels.quantized(folder))
    #expect(quantized.precision == .int8)
    for (_, prompt) in Self.tasks {
      let (one, other) = (try vectors(quantized, prompt), try vectors(whole, prompt))
      #expect(one.map(\.colbertVectors) == other.map(\.colbertVectors))
    }
  }

  @Test func `a folder without the projection is refused by the tensor's name`() throws {
    let copy = try GoldenCopy(of: Self.golden)
    try copy.changeTensors { $0["linear.weight"] = nil }
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: copy.url) }
    #expect("\(error, default: "none")".contains("linear.weight"))
  }
}
