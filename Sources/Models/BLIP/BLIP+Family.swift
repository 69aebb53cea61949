import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraTokenizers

/// What the three kinds of BLIP share: one `model_type`, told apart by `architectures`.
private protocol BLIPFolder {
  static var architecture: String { get }
}

extension BLIPFolder {
  static var modelTypes: [String] { ["blip"] }

  fileprivate static func isOne(_ folder: ModelFiles) throws -> Bool {
    let architectures = try folder.config.required("architectures")
    return try architectures.elements().contains { try $0.string() == architecture }
  }

  static var quantizedLayers: [String] {
    let attention = ["self.query", "self.key", "self.value", "output.dense"]
    let text =
      ["attention", "crossattention"].flatMap { module in attention.map { "\(module).\($0)" } }
      + ["intermediate.dense", "output.dense"]
    let vision = ["self_attn.qkv", "self_attn.projection", "mlp.fc1", "mlp.fc2"]
    return text.map { "encoder.layer.*.\($0)" }
      + vision.map { "vision_model.encoder.layers.*.\($0)" }
  }

  static var unusedTensors: [String] {
    // Tied to the table of words and to the bias beside it.
    ["*embeddings.position_ids", "*.cls.predictions.decoder.*", "*.pooler.*"]
  }
}

extension BLIPConfig {
  /// - Throws: `FieldError`, `RecipeError`.
  fileprivate func recipe(_ folder: ModelFiles) throws -> PixelRecipe {
    let recipe = try folder.pixelRecipe(.blip)
    try recipe.require(side: vision.imageSize, folder.config)
    return recipe
  }
}

/// blip-itm-base-coco, blip-itm-large-flickr and their like.
struct BLIPMatchingFamily: ModelFamily, BLIPFolder {
  fileprivate static let architecture = "BlipForImageTextRetrieval"

  static func accepts(_ folder: ModelFiles) throws -> Bool { try isOne(folder) }

  static var matchesPictures: Bool { true }

  static let stages = StageNames(
    attention: "text_encoder.encoder.layer.#.attention.probs",
    towerAttention: "vision_model.encoder.layers.#.self_attn.probs",
    towerPrefix: "vision_model.")

  private let config: BLIPConfig
  private let recipe: PixelRecipe

  init(_ folder: ModelFiles) throws {
    config = try BLIPConfig(folder.config)
    recipe = try config.recipe(folder)
  }

  /// A text and a picture have a vector each.
  var format: any InputFormat {
    TwoTowerFormat(
      imageSize: config.vision.imageSize, patchCount: config.vision.tokenCount - 1,
      hasClassToken: true, vocabularySize: config.text.layers.vocabularySize,
      maximumTextTokens: config.text.layers.positions.maximumTokens)
  }

  var pixels: PixelRecipe? { recipe }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try BLIPMatching(weights, config)
  }
}

/// blip-image-captioning-base and -large.
struct BLIPCaptionFamily: WritingFamily, BLIPFolder {
  fileprivate static let architecture = "BlipForConditionalGeneration"

  static func accepts(_ folder: ModelFiles) throws -> Bool { try isOne(folder) }

  static let task = WritingTask.caption

  let format: WritingFormat
  private let config: BLIPConfig

  init(_ folder: ModelFiles) throws {
    config = try BLIPConfig(folder.config)
    format = WritingFormat(config, pixels: try config.recipe(folder))
  }

  func model(_ weights: Weights) throws -> any WritingModel {
    try BLIPCaptioner(weights, config)
  }
}

/// blip-vqa-base and its like.
struct BLIPAnswerFamily: WritingFamily, BLIPFolder {
  fileprivate static let architecture = "BlipForQuestionAnswering"

  static func accepts(_ folder: ModelFiles) throws -> Bool { try isOne(folder) }

  static let task = WritingTask.answer

  let format: WritingFormat
  private let config: BLIPConfig

  init(_ folder: ModelFiles) throws {
    config = try BLIPConfig(folder.config)
    let (text, vision) = (config.text.layers.hiddenSize, config.vision.hiddenSize)
    // The decoder looks at the question through matrices that are as wide as a picture's tokens.
    guard text == vision else {
      throw config.place.key("text_config.hidden_size").inconsistent(
        "\(text), but vision_config.hidden_size is \(vision); the decoder reads both by one width")
    }
    format = WritingFormat(
      config, pixels: try config.recipe(folder),
      questionAttention: "text_encoder.encoder.layer.#.crossattention.probs")
  }

  func model(_ weights: Weights) throws -> any WritingModel {
    try BLIPAnswerer(weights, config)
  }
}

extension WritingFormat {
  fileprivate init(_ config: BLIPConfig, pixels: PixelRecipe, questionAttention: String? = nil) {
    self.init(
      pixels: pixels, pictureTokens: config.vision.tokenCount,
      vocabularySize: config.text.layers.vocabularySize,
      positions: config.text.layers.positions.maximumTokens, end: config.text.end,
      crossAttention: "text_decoder.bert.encoder.layer.#.crossattention.probs",
      questionAttention: questionAttention)
  }
}
