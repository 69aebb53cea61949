import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// jina-clip-v1: Jina's BERT for texts, EVA02 for pictures.
///
/// Koukounas et al., "Jina CLIP: Your CLIP Model Is Also Your Text Retriever".
struct JinaCLIPFamily: ModelFamily {
  static let modelTypes = ["jina_clip"]
  static let quantizedLayers =
    JinaFlashBERT.linearLayers.map { "text_model.transformer.encoder.layers.*.\($0)" }
    + EVA02Spelling.original.linearLayers.map { "vision_model.blocks.*.\($0)" }
  /// The angles are computed, as the reference does, whose buffers are not meant to be stored.
  static let unusedTensors = ["vision_model.*rope.freqs_*", "text_model.transformer.pooler.*"]
  static let stages = StageNames(
    attention: "text_model.*.layers.#.mixer.probs",
    towerAttention: "vision_model.blocks.#.attn.probs", towerPrefix: "vision_model.")

  private let config: JinaCLIPConfig
  private let recipe: PixelRecipe
  private let isNormalizing: Bool
  let format: any InputFormat

  init(_ folder: ModelFiles) throws {
    config = try JinaCLIPConfig(folder)
    recipe = try PixelRecipe(ofJinaCLIP: folder, size: config.vision.imageSize)
    isNormalizing = try folder.normalizesFeatures()
    format = TwoTowerFormat(
      imageSize: config.vision.imageSize, patchCount: config.vision.patchCount,
      hasClassToken: true, vocabularySize: config.text.vocabularySize,
      maximumTextTokens: config.text.positions.maximumTokens)
  }

  var pixels: PixelRecipe? { recipe }
  var textStyle: TextStyle { .processor }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    let (text, picture) = (weights["text_model"], weights["vision_model"])
    return TwoTowers(
      JinaCLIPTextTower(
        try JinaFlashBERT(text["transformer"], config.text), config.pooling,
        projections: try [
          config.hasTextProjection
            ? Linear(
              text["proj"], inputs: config.text.hiddenSize, outputs: config.textDimension,
              hasBias: config.textProjectionHasBias, precision: .float32) : nil,
          projection(weights["text_projection"], of: config.textDimension),
        ].compactMap { $0 }),
      ProjectedFeatureTower(
        try EVA02FeatureTower(
          picture, config.vision, dimension: config.visionDimension,
          hasHead: config.hasVisionHead),
        try projection(weights["visual_projection"], of: config.visionDimension)),
      isNormalizing: isNormalizing, labelScoring: try .softmax(weights))
  }

  /// What stands behind both towers where the folder asks for it.
  private func projection(_ weights: Weights, of width: Int) throws -> Linear? {
    try config.projectionDimension.map {
      try Linear(weights, inputs: width, outputs: $0, hasBias: false, precision: .float32)
    }
  }
}

/// Features of another tower, projected where there is a projection.
private struct ProjectedFeatureTower<Tower: FeatureTower>: FeatureTower {
  private let tower: Tower
  private let projection: Linear?

  init(_ tower: Tower, _ projection: Linear?) {
    self.tower = tower
    self.projection = projection
  }

  var dimension: Int { projection?.outputs ?? tower.dimension }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let features = try tower.features(of: inputs, trace: trace)
    return projection.map { trace.pass($0.path, $0(features)) } ?? features
  }
}

/// A text's tokens, pooled and perhaps projected.
private struct JinaCLIPTextTower: FeatureTower {
  private let encoder: JinaFlashBERT
  private let pooling: Pooling
  private let projections: [Linear]

  init(_ encoder: JinaFlashBERT, _ pooling: Pooling, projections: [Linear]) {
    self.encoder = encoder
    self.pooling = pooling
    self.projections = projections
  }

  var dimension: Int { projections.last?.outputs ?? encoder.width }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let pooled = try encoder.pooled(inputs, by: pooling, trace: trace)  // [B, C]
    return projections.reduce(pooled) { trace.pass($1.path, $1($0)) }  // [B, D]
  }
}
