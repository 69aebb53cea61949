import Foundation
import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraModels
import TesseraTensors
import TesseraTestSupport
import Testing

/// Visualized-BGE against PyTorch, from ids and pixels to the vector, on both backbones.
@Suite struct VisualizedBGETests {
  struct Golden: Sendable, CustomTestStringConvertible {
    let folder: String
    let checkpoint: String
    var testDescription: String { folder }
  }

  static let goldens = [
    Golden(folder: "visual-tiny-en", checkpoint: "Visualized_visual-tiny-en.pth"),
    Golden(folder: "visual-tiny-m3", checkpoint: "Visualized_visual-tiny-m3.pth"),
  ]

  private struct Cases: Decodable {
    struct Item: Decodable {
      let text: String?
      let image: String?
      let ids: [Int]?
    }
    struct Tower: Decodable {
      let image: Int
      let patch: Int
      let dim: Int
      let depth: Int
      let heads: Int
    }
    let items: [Item]
    let trace: Item
    let eva: Tower
  }

  private let cases: (Golden) throws -> Cases = {
    try Goldens.json("\($0.folder)/cases.json", as: Cases.self)
  }

  private func weights(_ golden: Golden) throws -> Weights {
    Weights(try .open(Goldens.url("\(golden.folder)/\(golden.checkpoint)")))
  }

  private func config(_ golden: Golden) throws -> VisualizedBGEConfig {
    let tower = try cases(golden).eva
    let hidden = try weights(golden).tensor("model_visual.visual.blocks.0.mlp.w1.bias").shape[0]
    let text = try String(
      contentsOf: Goldens.url("\(golden.folder)/config.json"), encoding: .utf8)
    let json = """
      {"text_config": \(text), "vision_config": {"image_size": \(tower.image),
      "patch_size": \(tower.patch), "hidden_size": \(tower.dim),
      "num_hidden_layers": \(tower.depth), "num_attention_heads": \(tower.heads),
      "intermediate_size": \(hidden), "layer_norm_eps": 1e-6}}
      """
    return try Data(json.utf8).withUnsafeBytes {
      try VisualizedBGEConfig(Config($0, file: "config.json"))
    }
  }

  private func model(_ golden: Golden) throws -> VisualizedBGE {
    try VisualizedBGE(weights(golden), config(golden))
  }

  @Test(arguments: goldens) func `texts become PyTorch's vectors`(golden: Golden) throws {
    let model = try model(golden)
    let expected = try Goldens.tensors("\(golden.folder)/expected-embeddings.safetensors")
    for (i, item) in try cases(golden).items.enumerated() {
      guard item.image == nil, let ids = item.ids else { continue }
      let output = try model([ModelInput(ids: ids)], .dense, trace: nil)[0]
      expectNear(
        try #require(output.vector), try #require(expected["item.\(i)"]), .embedding,
        item.text ?? "")
    }
  }

  @Test(arguments: goldens) func `every stage of a pair is PyTorch's`(golden: Golden) throws {
    let expected = try Goldens.tensors("\(golden.folder)/expected-activations.safetensors")
    let pixels = try #require(expected["pixels"])
    let text = try cases(golden).trace.text
    let ids = try #require(try cases(golden).items.first { $0.text == text }?.ids)
    let trace = Trace()
    let output = try model(golden)([ModelInput(ids: ids, pixels: pixels)], .dense, trace: trace)
    let stages = Dictionary(trace.stages.map { ($0.name, $0.tensor) }) { first, _ in first }

    for (name, tensor) in expected {
      let stage = try #require(stages[Self.modulePath(ofGolden: name)], "\(name)")
      expectNear(stage, tensor, .activation, name)
    }
    let embeddings = try Goldens.tensors("\(golden.folder)/expected-embeddings.safetensors")
    expectNear(
      try #require(output[0].vector), try #require(embeddings["trace.embedding"]), .embedding)
  }

  /// The goldens name their stages shortly.
  private static func modulePath(ofGolden name: String) -> String {
    switch name {
    case "fusion.projected": "visual_proj"
    case "fusion.embeddings": "fusion"
    case _ where name.hasPrefix("visual."): "model_visual.\(name)"
    case _ where name.hasPrefix("text."): "bge_encoder.\(name.dropFirst(5))"
    default: name
    }
  }

  /// Stages as PyTorch's forward hooks see them, with everything inside the blocks.
  @Test(arguments: ["trace-pair", "trace-text"])
  func `stages have the names and values of PyTorch's hooks`(file: String) throws {
    let golden = Self.goldens[0]
    let expected = try Goldens.tensors("\(golden.folder)/\(file).safetensors")
    let ids = [2, 44, 1249, 2212, 2358, 2368, 3]  // "blue whale"
    let trace = Trace()
    _ = try model(golden)([ModelInput(ids: ids, pixels: expected["pixels"])], .dense, trace: trace)
    let stages = Dictionary(trace.stages.map { ($0.name, $0.tensor) }) { first, _ in first }
    for (name, tensor) in expected {
      guard let stage = stages[name] else {
        Issue.record("no stage \(name)")
        continue
      }
      expectNear(stage, tensor, .activation, name)
    }
  }

  @Test func `a batch gives each item what it gets alone`() throws {
    let golden = Self.goldens[0]
    let model = try model(golden)
    let pixels = try #require(
      try Goldens.tensors("\(golden.folder)/expected-activations.safetensors")["pixels"])
    let inputs = try cases(golden).items.compactMap(\.ids).flatMap {
      [ModelInput(ids: $0), ModelInput(ids: $0, pixels: pixels)]
    }
    let together = try model(inputs, .dense, trace: nil)
    for (input, output) in zip(inputs, together) {
      let alone = try model([input], .dense, trace: nil)[0]
      expectNear(try #require(output.vector), try #require(alone.vector), .batch)
    }
  }

  @Test(arguments: goldens) func `no weight is left unread`(golden: Golden) throws {
    let weights = try weights(golden)
    let family = try #require(Families.all.first { $0.modelTypes == ["visualized_bge"] })
    _ = try VisualizedBGE(weights, config(golden))
    try weights.requireAllRead(ignoring: family.unusedTensors)
    #expect(throws: WeightsError.self) { try weights.requireAllRead(ignoring: []) }
  }

  @Test func `a cancelled task stops between layers`() async throws {
    let model = try model(Self.goldens[0])
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = try model([ModelInput(ids: [2, 3])], .dense, trace: nil)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
