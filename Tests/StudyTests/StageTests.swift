import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraStudy
import TesseraTensors
import TesseraTestSupport
import Testing

/// Statistics of stages, and stages beside those of a reference.
@Suite struct StageTests {
  private let text: TracedEmbedding

  init() throws {
    text = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
      .encodeTracing(.text("whale"), matching: ["bge_embeddings", "bge_encoder.layer.0"])
  }

  @Test func `statistics of numbers known by heart`() {
    let found = StageStatistics([3, -4, 0, .nan, 1] as [Float])
    #expect(found.mean == 0 && found.norm == 26.0.squareRoot())
    #expect(found.deviation == 6.5.squareRoot())
    #expect(found.minimum == -4 && found.maximum == 3)
    #expect(found.zeroShare == 0.25 && found.nanCount == 1)
    let none = StageStatistics([] as [Float])
    #expect(none.norm == 0 && none.minimum == 0 && none.zeroShare == 0)
    #expect(StageStatistics([.nan] as [Float]).nanCount == 1)
  }

  @Test func `statistics keep the deviation of large numbers`() {
    let found = StageStatistics([4_000_000, 4_000_002] as [Float])
    #expect(found.mean == 4_000_001 && found.deviation == 1)
  }

  private func compare(_ change: (inout [Float]) -> Void) -> StageComparison.Outcome {
    let stage = text.stages[1]
    var reference = stage.values
    change(&reference)
    return StageComparison(
      stage, shape: stage.shape, values: reference, absolute: 1e-5, relative: 1e-4
    ).outcome
  }

  @Test func `the worst index, the cosine and the ratio are those of the numbers`() throws {
    #expect(compare { _ in } == .near(largestDifference: 0))
    // Four tokens of 64 numbers.
    guard
      case .far(let planted) = compare({
        $0[2 * 64 + 7] += 1; $0[5] += 0.5
      })
    else {
      Issue.record("the difference was not seen")
      return
    }
    #expect(planted.index == [2, 7] && planted.reference == planted.ours + 1)
    #expect(planted.cosine < 1 && planted.cosine > 0.9)
    guard case .far(let doubled) = compare({ $0 = $0.map { 2 * $0 } }) else {
      Issue.record("the factor was not seen")
      return
    }
    #expect(abs(doubled.cosine - 1) < 1e-12 && abs(doubled.normRatio - 0.5) < 1e-12)
  }

  @Test func `NaN is never near, and shapes must agree`() {
    guard case .far(let divergence) = compare({ $0[3] = .nan }) else {
      Issue.record("NaN passed")
      return
    }
    #expect(divergence.index == [0, 3])
    let stage = text.stages[1]
    let other = StageComparison(
      stage, shape: [1] + stage.shape, values: stage.values, absolute: 1, relative: 1)
    #expect(other.outcome == .otherShape(ours: stage.shape, reference: [1] + stage.shape))
  }

  @Test func `names of the reference that are no stage are told`() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "stages.safetensors")
    try text.save(to: file)
    #expect(try text.namesWithoutStage(in: file).isEmpty)
    #expect(
      try text.compare(with: file, absolute: 0, relative: 0).map(\.name) == [
        "bge_embeddings", "bge_encoder.layer.0",
      ])
    let fewer = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
      .encodeTracing(.text("whale"), matching: ["bge_embeddings"])
    #expect(try fewer.namesWithoutStage(in: file) == ["bge_encoder.layer.0"])
    #expect(try fewer.compare(with: file).count == 1)
  }

  @Test func `stages can be looked at`() throws {
    let embedder = try Embedder(modelFolder: ConvertedModels.visualTinyEnglish.get())
    let image = Goldens.url("images/rgb.png")
    let traced = try embedder.encodeTracing(.pair(image: image, text: "whale"))
    let names = traced.stages.map(\.name)
    for name in [
      "pixels", "model_visual.visual.embeddings", "model_visual.visual.blocks.2", "visual_proj",
      "fusion", "bge_embeddings", "bge_encoder.layer.2", "bge_encoder.layer.0.attention.probs",
      "bge_encoder.layer.0.attention.self.query", "bge_encoder.layer.0.attention.output",
      "bge_encoder.layer.0.intermediate", "model_visual.visual.blocks.0.attn.q_proj",
      "model_visual.visual.blocks.0.attn.probs", "model_visual.visual.blocks.0.mlp",
    ] {
      #expect(names.contains(name), "\(name)")
    }
    #expect(Set(names).count == names.count)
    for stage in traced.stages {
      #expect(stage.values.count == stage.shape.reduce(1, *))
    }
    let vector = try embedder.encode(.pair(image: image, text: "whale")).vector
    #expect(traced.embedding.vector == vector)
  }
}
