import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraTensors

/// CLIP's tower for pictures as transformers writes it, beside whichever encoder of texts.
struct CLIPPictures: Sendable {
  let vision: CLIPConfig.Vision
  let recipe: PixelRecipe
  /// Length of the features, D.
  let dimension: Int
  let isNormalizing: Bool

  /// Names of the tower's stages, as `StageNames` has them.
  static let attention = "vision_model.*.layers.#.self_attn.probs"
  static let prefix = "vision_model."

  /// - Parameter dimension: what stands for `projection_dim` where that is missing.
  /// - Throws: `FieldError`, `FileError`, `RecipeError`.
  init(_ folder: ModelFiles, _ processor: PictureProcessor, dimension: Int) throws {
    vision = try CLIPConfig.Vision(folder.config.innerOfCLIP("vision_config"))
    self.dimension = try folder.config.size("projection_dim", default: dimension)
    recipe = try folder.pixelRecipe(processor)
    try recipe.require(side: vision.imageSize, folder.config)
    isNormalizing = try folder.normalizesFeatures()
  }

  func format(
    vocabularySize: Int, maximumTextTokens: Int, summing: Bool = false
  ) -> TwoTowerFormat {
    TwoTowerFormat(
      imageSize: vision.imageSize, patchCount: vision.patchCount, hasClassToken: true,
      vocabularySize: vocabularySize, maximumTextTokens: maximumTextTokens, summing: summing)
  }

  /// Both towers, of a checkpoint's names.
  func model<Text: FeatureTower>(
    _ weights: Weights, beside text: Text
  ) throws -> TwoTowers<Text, CLIPVisionTower> {
    TwoTowers(
      text,
      try CLIPVisionTower(
        weights["vision_model"], vision, projection: weights["visual_projection"],
        dimension: dimension),
      isNormalizing: isNormalizing, labelScoring: try .softmax(weights))
  }
}
