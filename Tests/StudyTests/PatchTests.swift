import Foundation
import TesseraEmbedders
import TesseraStudy
import TesseraTestSupport
import Testing

/// Stages that are replaced in the course of a run, on every kind of model.
@Suite struct PatchTests {
  private let image = Goldens.url("images/rgb.png")
  private let english: Embedder

  init() throws { english = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get()) }

  private func model(_ name: String) throws -> (Embedder, Item) {
    switch name {
    case "pair": (english, .pair(image: image, text: "blue whale"))
    case "m3":
      (
        try Embedder(modelFolder: ConvertedModels.visualTinyM3.get()),
        .pair(image: image, text: "blue whale")
      )
    case "text": (try Embedder(modelFolder: ConvertedModels.bgeM3Tiny.get()), .text("a whale"))
    case "clip-text": (try Embedder(modelFolder: Goldens.url("clip-tiny")), .text("a whale"))
    default: (try Embedder(modelFolder: Goldens.url("clip-tiny")), .image(image))
    }
  }

  @Test(arguments: ["pair", "m3", "text", "clip-text", "clip-image"])
  func `a run with the original stages is the plain run, bit for bit`(name: String) throws {
    let (embedder, item) = try model(name)
    let plain = try embedder.encode(item).vector
    let traced = try embedder.encodeTracing(item)
    #expect(traced.embedding.vector == plain)
    let same = StagePatch(stage: "*", change: .stages(traced.stages))
    #expect(try embedder.encodeTracing(item, patching: [same]).embedding.vector == plain)
    let seen = StagePatch(stage: "*", change: .function { $0.values })
    #expect(try embedder.effect(of: [seen], on: item).changeNorm == 0)
  }

  @Test(arguments: ["pair", "m3", "text", "clip-text", "clip-image"])
  func `every stage that is listed moves the vector`(name: String) throws {
    let (embedder, item) = try model(name)
    for stage in try embedder.encodeTracing(item).stages {
      let moved = StagePatch(
        stage: stage.name,
        change: .function { stage in
          stage.values.enumerated().map { $1 + 0.3 * Float(($0 * 7 + 3) % 11) - 1 }
        })
      let effect = try embedder.effect(of: [moved], on: item)
      #expect(effect.changeNorm > 1e-5, "\(stage.name)")
    }
  }

  @Test func `a head whose weights are 0 gives the output projection zeros`() throws {
    let (embedder, item) = try model("pair")
    let layer = "bge_encoder.layer.1.attention"
    let byWeights = StagePatch(
      stage: "\(layer).probs", selection: try StageSelection("head 3"), change: .fill(0))
    let byContext = StagePatch(
      stage: "\(layer).self", selection: try StageSelection(":, 48:64"), change: .fill(0))
    let traced = try embedder.encodeTracing(
      item, matching: ["\(layer).*"], patching: [byWeights])
    let weights = try #require(traced.stages.first { $0.name == "\(layer).probs" })
    #expect(weights.values.suffix(23 * 23).allSatisfy { $0 == 0 })
    #expect(weights.values.prefix(3 * 23 * 23).reduce(0, +) > 68.9)
    let other = try embedder.effect(of: [byContext], on: item)
    #expect(traced.embedding.vector == other.after.vector)
    #expect(other.changeNorm > 1e-3)
  }

  @Test func `a sequence from another input gives that input's vector`() throws {
    let other = Item.pair(image: Goldens.url("images/photo-420.jpg"), text: "whale blue")
    let (embedder, item) = try model("pair")
    let source = try embedder.encodeTracing(other, matching: ["fusion"])
    guard source.stages[0].shape == [23, 64] else {
      Issue.record("both texts were to have as many tokens: \(source.stages[0].shape)")
      return
    }
    let patch = StagePatch(stage: "fusion", change: .stages(source.stages))
    let effect = try embedder.effect(of: [patch], on: item)
    #expect(effect.after.vector == source.embedding.vector)
    #expect(effect.cosine < 0.9999)
  }

  @Test func `selections choose by name, by position and from the end`() throws {
    func changed(_ selection: String) throws -> [Int] {
      let patch = StagePatch(
        stage: "pixels", selection: try StageSelection(selection), change: .fill(99))
      let traced = try english.encodeTracing(
        .image(image), matching: ["pixels"], patching: [patch])
      return traced.stages[0].values.indices.filter { traced.stages[0].values[$0] == 99 }
    }
    let line = 1 * 4096 + 2 * 64
    #expect(try changed("1, 2, 3:5") == [line + 3, line + 4])
    #expect(try changed("column -1, row 2, channel 1") == [line + 63])
    #expect(try changed("row 63, column :2, channel 2") == [3 * 4096 - 64, 3 * 4096 - 63])
    #expect(try changed(":, :, :").count == 3 * 4096)
  }

  @Test(arguments: [
    ("head 9", "expected head within 0..<4"), ("token 1", "head, query, key"),
    ("0, 0, 0, 0", "head, query, key"), ("2:1", "found [2:1]"), ("-5", "0..<4"),
    ("-9223372036854775808:", "0..<4"),
  ])
  func `places that a stage does not have are errors`(selection: String, says: String) throws {
    let patch = StagePatch(
      stage: "bge_encoder.layer.0.attention.probs", selection: try StageSelection(selection),
      change: .fill(0))
    let error = #expect(throws: PatchError.self) {
      try english.effect(of: [patch], on: .text("whale"))
    }
    let message = error.map { "\($0)" } ?? ""
    #expect(message.contains(says) && message.contains("layer.0.attention.probs"), "\(message)")
  }

  @Test(arguments: ["", "head", "1:2:3", "99999999999999999999", "1,,2", "a b c"])
  func `what is no selection is refused`(text: String) {
    #expect(throws: PatchError.self) { try StageSelection(text) }
  }

  @Test func `stages that a run does not have are errors, with the nearest`() throws {
    let item = Item.text("whale")
    func patch(_ stage: String, _ change: StagePatch.Change = .fill(0)) throws {
      _ = try english.effect(of: [StagePatch(stage: stage, change: change)], on: item)
    }
    let typo = #expect(throws: PatchError.self) { try patch("bge_encoder.layer.1.atention.probs") }
    #expect(
      typo.map { "\($0)".contains("nearest are bge_encoder.layer.1.attention.probs") } == true)
    #expect(throws: PatchError.self) { try patch("pixels") }
    #expect(throws: PatchError.missingStage("fusion")) { try patch("fusion", .stages([])) }
    let short = TracedEmbedding.Stage(
      name: "fusion", shape: [1, 64], values: .init(repeating: 0, count: 64))
    #expect(throws: PatchError.self) { try patch("fusion", .stages([short])) }
    #expect(throws: PatchError.self) { try patch("fusion", .function { _ in [1] }) }
  }
}
