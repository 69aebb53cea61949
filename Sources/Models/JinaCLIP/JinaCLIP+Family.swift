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
      ProjectedTextTower(
        try JinaFlashBERT.tower(text["transformer"], config.text), pooling: config.pooling,
        try [
          config.hasTextProjection
            ? Linear(
              text["proj"], inputs: config.text.hiddenSize, outputs: config.textDimension,
              hasBias: config.textProjectionHasBias, precision: .float32) : nil,
          projection(weights["text_projection"], of: config.textDimension),
        ].compactMap { $0.map(RowMap.linear) }),
      try EVA02FeatureTower(
        picture, config.vision, dimension: config.visionDimension, hasHead: config.hasVisionHead,
        projection: projection(weights["visual_projection"], of: config.visionDimension)),
      isNormalizing: isNormalizing, labelScoring: try .softmax(weights))
  }

  /// What stands behind both towers where the folder asks for it.
  private func projection(_ weights: Weights, of width: Int) throws -> Linear? {
    try config.projectionDimension.map {
      try Linear(weights, inputs: width, outputs: $0, hasBias: false, precision: .float32)
    }
  }
}
