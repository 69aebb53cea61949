import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraModels
import TesseraStudy
import TesseraTensors
import TesseraTestSupport
import TesseraTokenizers
import Testing

/// What every family has to keep, whatever it computes.
@Suite struct ConformanceTests {
  @Test(arguments: GoldenFamily.all)
  func `vectors are the reference's`(_ family: GoldenFamily) throws {
    let embedder = try Embedder(modelFolder: family.folder())
    let answers = try family.answers()
    #expect(answers.count > 3)
    let results = try embedder.encode(answers.map(\.item))
    for (answer, result) in zip(answers, results) {
      let vector = try result.get().vector
      #expect(vector.count == embedder.dimension)
      // The tolerance is for vectors of length 1.
      let length = max(1, answer.vector.reduce(0) { $0 + $1 * $1 }.squareRoot())
      #expect(
        disagreement(vector.map { $0 / length }, answer.vector.map { $0 / length }, .vector) == nil,
        "\(answer.item)")
    }
  }

  @Test(arguments: GoldenFamily.all)
  func `ids are the reference's`(_ family: GoldenFamily) throws {
    let read = try family.answers().compactMap { answer in
      answer.ids.flatMap { ids in answer.item.text.map { (text: $0, ids: ids) } }
    }
    guard !read.isEmpty else { return }
    let tokenizer = try Tokenizer(modelFolder: family.folder())
    for (text, ids) in read {
      let own = tokenizer.encode(text).ids
      // What a limit leaves, and what fills a text, are matters of the embedder.
      let padding = ids.dropFirst(own.count)
      #expect(
        own.count > ids.count
          || ids.starts(with: own) && Set(padding).count <= 1
            && padding.first.map { $0 == tokenizer.specialTokens.padID } ?? true,
        "\(text)")
    }
  }

  @Test(arguments: GoldenFamily.all)
  func `stages have the names and values of the reference's modules`(
    _ family: GoldenFamily
  ) throws {
    let embedder = try Embedder(modelFolder: family.folder())
    for (item, expected) in try family.stages() {
      #expect(!expected.isEmpty)
      let traced = try embedder.encodeTracing(item)
      let stages = Dictionary(traced.stages.map { ($0.name, $0) }) { first, _ in first }
      for (name, tensor) in expected {
        let stage = try #require(stages[name], "\(name)")
        #expect(stage.shape == tensor.shape || stage.shape == [1] + tensor.shape, "\(name)")
        #expect(disagreement(stage.values, tensor.elements, .activation) == nil, "\(name)")
      }
      #expect(traced.embedding.vector == (try embedder.encode(item)).vector)
    }
  }

  @Test(arguments: GoldenFamily.all)
  func `an item gets in a batch what it gets alone, to the bit`(_ family: GoldenFamily) throws {
    let embedder = try Embedder(modelFolder: family.folder())
    let items = try family.answers().map(\.item)
    let together = try embedder.encode(items + items.reversed())
    for (item, result) in zip(items, together) {
      let alone = try embedder.encode(item).vector
      #expect(disagreement(try result.get().vector, alone, .batch) == nil, "\(item)")
    }
  }

  @Test(arguments: GoldenFamily.all)
  func `a tensor that has no place is refused by its name`(_ family: GoldenFamily) throws {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: family.folder(), to: copy)
    let checkpoint = try Checkpoint.open(copy)
    var tensors: [String: StoredTensor] = [:]
    for name in checkpoint.names { tensors[name] = checkpoint[name] }
    tensors["stray.weight"] = StoredTensor([1, 2], shape: [2])
    let file = checkpoint.files[0].path
    try SafetensorsWriter.write(tensors, to: file + ".new")
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.moveItem(atPath: file + ".new", toPath: file)
    let error = #expect(throws: EmbedderError.self) { try Embedder(modelFolder: copy) }
    #expect("\(error, default: "none")".contains("stray.weight"))
  }

  @Test(arguments: GoldenFamily.all)
  func `the plan has a row for each token that is read`(_ family: GoldenFamily) throws {
    let embedder = try Embedder(modelFolder: family.folder())
    for answer in try family.answers() {
      let plan = try embedder.plan(for: answer.item)
      let embedding = try embedder.encode(answer.item)
      #expect(plan.rows.count == embedding.tokenCount, "\(answer.item)")
    }
  }

  @Test(arguments: GoldenFamily.all)
  func `terms of an explanation sum to the cosine`(_ family: GoldenFamily) throws {
    let embedder = try Embedder(modelFolder: family.folder())
    let all = try family.answers().map(\.item)
    let kinds = [
      all.filter { $0.image == nil }, all.filter { $0.text == nil },
      all.filter { $0.text != nil && $0.image != nil },
    ]
    let items = kinds.flatMap { $0.prefix(2) }
    let input = try embedder.reader.input(of: items[0]).input
    guard (embedder.model as? any StudiedModel)?.canDissect(input) == true else {
      #expect(throws: EmbedderError.notExplained) { try embedder.explain(items[0], items[1]) }
      return
    }
    for other in items {
      let explanation = try embedder.explain(items[0], other)
      let cosine = try embedder.encode(items[0]).similarity(to: embedder.encode(other))
      for side in [explanation.first, explanation.second] {
        #expect(abs(side.contributions.sum - Double(cosine)) < 1e-5, "\(other)")
        #expect(side.attention.allSatisfy { abs($0.sum - 1) < 1e-6 }, "\(other)")
      }
    }
  }

  @Test(arguments: GoldenFamily.all)
  func `attention is found by the family's names`(_ family: GoldenFamily) throws {
    let embedder = try Embedder(modelFolder: family.folder())
    let items = try family.answers().map(\.item)
    let item = try #require(items.first { ($0.text != nil) == embedder.supportsTexts })
    let stack = try #require(try embedder.plan(for: item).stacks.first)
    let attention = try Attention(of: item, in: stack, layer: 0, of: embedder)
    #expect(attention.headCount > 0)
    #expect(throws: AttentionError.self) {
      try Attention(of: item, in: stack, layer: 99, of: embedder)
    }
  }
}

extension Tolerance {
  /// For vectors, of length 1 or as the layers leave them.
  fileprivate static let vector = Tolerance(absolute: 2e-6, relative: 2e-5)
}
