import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// BERT for texts and EfficientNet for pictures.
///
/// Jia et al., "Scaling Up Visual and Vision-Language Representation Learning With Noisy Text
/// Supervision".
struct ALIGNFamily: ModelFamily {
  static let modelTypes = ["align"]
  static let givesFeatures = true
  static let quantizedLayers = BERTFamily.quantizedLayers
  static let unusedTensors = [
    "*.embeddings.position_ids", "text_model.pooler.*", "*.num_batches_tracked",
  ]
  static let stages = StageNames(
    attention: "text_model.*.layer.#.attention.probs", towerPrefix: "vision_model.")

  /// Texts were cut to so many in training, and are by transformers' processor; BERT's table has 512.
  private static let trainedTokens = 64

  private let text: BERTConfig
  private let vision: EfficientNetConfig
  private let recipe: PixelRecipe
  private let isNormalizing: Bool
  let format: any InputFormat
  let textStyle: TextStyle

  init(_ folder: ModelFiles) throws {
    text = try BERTConfig(folder.config.inner("text_config"), .bert)
    vision = try EfficientNetConfig(folder.config.inner("vision_config"))
    recipe = try folder.pixelRecipe(.efficientNet)
    guard let size = recipe.outputSize, size.width == size.height else {
      throw folder.config.field.place.key("vision_config").inconsistent(
        "the image processor's file makes pictures of no one size, or of two sides")
    }
    let dimension = try folder.config.size("projection_dim", default: 640)
    guard dimension == vision.outputs else {
      throw folder.config.field.place.key("projection_dim").inconsistent(
        "\(dimension), but pictures become \(vision.outputs) numbers")
    }
    isNormalizing = try folder.normalizesFeatures()
    textStyle = folder.modules == nil ? .plain : .processor
    format = TwoTowerFormat(
      imageSize: size.width, patchCount: 0, hasClassToken: false,
      vocabularySize: text.vocabularySize,
      maximumTextTokens: min(Self.trainedTokens, text.positions.maximumTokens))
  }

  var pixels: PixelRecipe? { recipe }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    TwoTowers(
      try ProjectedTextTower(
        PostNormTower(weights["text_model"], text),
        Linear(
          weights["text_projection"], inputs: text.hiddenSize, outputs: vision.outputs,
          precision: .float32)),
      try EfficientNet(weights["vision_model"], vision), isNormalizing: isNormalizing,
      labelScoring: .softmax(
        scale: 1 / (try weights.tensor("temperature", shape: []).widened().elements[0])))
  }
}
