import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraLayers
import TesseraTokenizers

/// SigLIP, and SigLIP 2: of a fixed resolution, and NaFlex, which reads pictures in their own shape.
///
/// Zhai et al., "Sigmoid Loss for Language Image Pre-Training"; Tschannen et al., "SigLIP 2".
struct SigLIPFamily: ModelFamily {
  static let modelTypes = ["siglip", "siglip2"]
  static let givesFeatures = true
  static let quantizedLayers = CLIPFamily.quantizedLayers
  static let unusedTensors = ["*.embeddings.position_ids"]
  static let stages = CLIPFamily.stages

  private let config: SigLIPConfig
  private let recipe: PixelRecipe
  private let isNormalizing: Bool
  let format: any InputFormat
  /// Both were trained on texts in lower case, which not every tokenizer's file sees to, and of one
  /// length. sentence-transformers, which does not know of it, reads texts as the tokenizer makes them.
  let textStyle: TextStyle

  init(_ folder: ModelFiles) throws {
    config = try SigLIPConfig(folder.config)
    if config.vision.hasFreeShape {
      recipe = try folder.pixelRecipe(.siglip2)
      try recipe.require(patchSide: config.vision.patchSize, folder.config)
      if folder.modules != nil { try Self.requireProcessorsPatches(recipe, folder.config) }
    } else {
      recipe = try folder.pixelRecipe(.siglip)
      try recipe.require(side: config.vision.imageSize, folder.config)
    }
    isNormalizing = try folder.normalizesFeatures()
    let length = config.text.maxPositionEmbeddings
    let isTrainedReading = folder.modules == nil
    textStyle = isTrainedReading ? .lowercase : .processor
    format = TwoTowerFormat(
      imageSize: config.vision.imageSize,
      patchCount: recipe.maximumPatches ?? config.vision.patchCount,
      hasClassToken: false, vocabularySize: config.text.vocabularySize, maximumTextTokens: length,
      textPadding: isTrainedReading ? TextPadding(length: length) : nil,
      freePatchSide: config.vision.hasFreeShape ? config.vision.patchSize : nil)
  }

  var pixels: PixelRecipe? { recipe }

  /// sentence-transformers calls Siglip2Processor, which cuts pictures as it says itself, and not as the
  /// folder does.
  private static func requireProcessorsPatches(_ recipe: PixelRecipe, _ config: Config) throws {
    guard recipe.patchSide == 16, recipe.maximumPatches == 256 else {
      throw config.field.place.key("vision_config").inconsistent(
        "pictures become at most \(recipe.maximumPatches ?? 0) patches of"
          + " \(recipe.patchSide ?? 0) pixels a side, but in sentence-transformers 256 of 16")
    }
  }

  func check(_ tokenizer: Tokenizer) throws {
    guard format.textPadding != nil else { return }
    guard let pad = tokenizer.specialTokens.padID else {
      throw FilePlace(file: "tokenizer_config.json", path: "pad_token").inconsistent(
        "there is none, but the model reads every text with padding")
    }
    guard pad < config.text.vocabularySize else {
      throw FilePlace(file: "tokenizer_config.json", path: "pad_token").inconsistent(
        "it has the id \(pad), but the model has \(config.text.vocabularySize) embeddings")
    }
  }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    TwoTowers(
      try CLIPTextTower(
        weights["text_model"], config.text,
        projection: Linear(
          weights["text_model"]["head"], inputs: config.text.tower.hiddenSize,
          outputs: config.dimension, precision: .float32)),
      try SigLIPVisionTower(weights["vision_model"], config.vision),
      isNormalizing: isNormalizing, labelScoring: try .sigmoid(weights))
  }
}

/// What inference reads of a SigLIP `config.json`, which may be almost empty: the defaults are those of
/// SiglipTextConfig and SiglipVisionConfig.
struct SigLIPConfig: Sendable {
  let text: CLIPTextConfig
  let vision: Vision
  /// Of the features, D.
  let dimension: Int

  struct Vision: Sendable {
    let tower: CLIPTowerConfig
    let imageSize: Int
    let patchSize: Int
    /// Whether pictures keep their shape; the table of positions is then that of a square one.
    let hasFreeShape: Bool

    var patchCount: Int { (imageSize / patchSize) * (imageSize / patchSize) }

    /// - Parameter tableSide: positions a side, where pictures keep their shape; nil where they are
    ///   squares of one size.
    /// - Throws: `FieldError`.
    init(
      _ keys: Config, _ defaults: CLIPTowerConfig.Defaults, imageSize: Int, patchSize: Int,
      tableSide: Int? = nil
    ) throws {
      tower = try CLIPTowerConfig(keys, defaults)
      try keys.requireColours()
      let patchSize = try keys.size("patch_size", default: patchSize)
      self.patchSize = patchSize
      hasFreeShape = tableSide != nil
      self.imageSize =
        try tableSide.map { $0 * patchSize }
        ?? keys.imageSize(default: imageSize)
      guard patchCount > 0 else {
        throw keys.field.place.key("patch_size").inconsistent(
          "\(self.patchSize), but image_size is \(self.imageSize)")
      }
    }
  }

  init(_ config: Config) throws {
    let keys = try config.inner("text_config")
    text = CLIPTextConfig(
      tower: try CLIPTowerConfig(keys, .siglip),
      vocabularySize: try keys.size("vocab_size", default: 32000),
      maxPositionEmbeddings: try keys.size("max_position_embeddings", default: 64),
      isCausal: false, pooledToken: .last)
    // Null too stands for the width.
    dimension =
      try keys.optional("projection_size") == nil
      ? text.tower.hiddenSize : keys.size("projection_size")

    let picture = try config.inner("vision_config")
    let hasFreeShape = try config.string("model_type") == "siglip2"
    vision = try Vision(
      picture, .siglip, imageSize: 224, patchSize: 16,
      tableSide: hasFreeShape ? Self.tableSide(picture) : nil)
    guard vision.tower.hiddenSize == dimension else {
      throw picture.field.place.key("hidden_size").inconsistent(
        "\(vision.tower.hiddenSize), but texts become \(dimension) numbers")
    }
    if let usesHead = try picture.defaulted("vision_use_head"), try !usesHead.bool() {
      throw usesHead.wrongType("true: without its head the tower has no vector")
    }
  }

  /// Of a square table of positions.
  private static func tableSide(_ keys: Config) throws -> Int {
    let count = try keys.size("num_patches", default: 256)
    let side = Int(Double(count).squareRoot().rounded())
    guard side * side == count else {
      throw keys.field.place.key("num_patches").inconsistent("\(count), which is no square")
    }
    return side
  }
}

extension CLIPTowerConfig.Defaults {
  static let siglip = CLIPTowerConfig.Defaults(
    width: 768, intermediate: 3072, heads: 12, activation: .tanhGELU, epsilon: 1e-6)
}
