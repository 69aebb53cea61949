import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// CLIP's tower for pictures, and BERT for Chinese texts.
///
/// Yang et al., "Chinese CLIP: Contrastive Vision-Language Pretraining in Chinese".
struct ChineseCLIPFamily: ModelFamily {
  static let modelTypes = ["chinese_clip"]
  static let quantizedLayers = CLIPFamily.quantizedLayers + BERTFamily.quantizedLayers
  /// BERT's pooler, which the class token passes by.
  static let unusedTensors = ["*.embeddings.position_ids", "text_model.pooler.*"]
  static let stages = StageNames(
    attention: "text_model.*.layer.#.attention.probs",
    towerAttention: "vision_model.*.layers.#.self_attn.probs", towerPrefix: "vision_model.")

  /// Tokens that the authors' code reads of a text, and trained with; no file says it.
  private static let contextLength = 52

  private let text: BERTConfig
  private let vision: CLIPConfig.Vision
  private let dimension: Int
  private let recipe: PixelRecipe
  private let isNormalizing: Bool
  let format: any InputFormat

  init(_ folder: ModelFiles) throws {
    text = try BERTConfig(beside: NestedKeys(folder.config, "text_config"))
    vision = try CLIPConfig.Vision(NestedKeys(folder.config, "vision_config"))
    dimension = try folder.config.int("projection_dim", in: 1...1 << 28, default: 512)
    recipe = try folder.pixelRecipe(.chineseCLIP)
    try recipe.require(side: vision.imageSize, folder.config)
    isNormalizing = try folder.normalizesFeatures()
    format = TwoTowerFormat(
      imageSize: vision.imageSize, patchCount: vision.patchCount, hasClassToken: true,
      vocabularySize: text.vocabularySize,
      maximumTextTokens: min(Self.contextLength, text.positions.maximumTokens))
  }

  var pixels: PixelRecipe? { recipe }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    TwoTowers(
      try ProjectedTextTower(
        TextEncoder(weights["text_model"], text),
        Linear(
          weights["text_projection"], inputs: text.hiddenSize, outputs: dimension, hasBias: false,
          precision: .float32)),
      try CLIPVisionTower(
        weights["vision_model"], vision, projection: weights["visual_projection"],
        dimension: dimension),
      isNormalizing: isNormalizing, labelScoring: try .softmax(weights))
  }
}
