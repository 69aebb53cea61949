import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// CLIP's tower for pictures, and XLM-RoBERTa for texts of many languages.
///
/// Chen et al., "AltCLIP: Altering the Language Encoder in CLIP for Extended Language Capabilities".
struct AltCLIPFamily: ModelFamily {
  static let modelTypes = ["altclip"]
  static let quantizedLayers = CLIPFamily.quantizedLayers + BERTFamily.quantizedLayers
  /// RoBERTa's pooler, which the class token passes by.
  static let unusedTensors = ["*.embeddings.position_ids", "text_model.roberta.pooler.*"]
  static let stages = StageNames(
    attention: "text_model.*.layer.#.attention.probs",
    towerAttention: "vision_model.*.layers.#.self_attn.probs", towerPrefix: "vision_model.")

  private let text: BERTConfig
  /// Of what a text's class token becomes before it is projected.
  private let textWidth: Int
  private let vision: CLIPConfig.Vision
  private let dimension: Int
  private let recipe: PixelRecipe
  private let isNormalizing: Bool
  let format: any InputFormat

  init(_ folder: ModelFiles) throws {
    let keys = try NestedKeys(folder.config, "text_config")
    text = try BERTConfig(ofAltCLIP: keys)
    textWidth = try keys.size("project_dim", default: 768)
    vision = try CLIPConfig.Vision(NestedKeys(folder.config, "vision_config"))
    dimension = try folder.config.int("projection_dim", in: 1...1 << 28, default: 768)
    recipe = try folder.pixelRecipe(.clip)
    try recipe.require(side: vision.imageSize, folder.config)
    isNormalizing = try folder.normalizesFeatures()
    format = TwoTowerFormat(
      imageSize: vision.imageSize, patchCount: vision.patchCount, hasClassToken: true,
      vocabularySize: text.vocabularySize, maximumTextTokens: text.positions.maximumTokens)
  }

  var pixels: PixelRecipe? { recipe }
  var textStyle: TextStyle { .processor }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    TwoTowers(
      try AltCLIPTextTower(
        weights["text_model"], text, width: textWidth, projection: weights["text_projection"],
        dimension: dimension),
      try CLIPVisionTower(
        weights["vision_model"], vision, projection: weights["visual_projection"],
        dimension: dimension),
      isNormalizing: isNormalizing, labelScoring: try .softmax(weights))
  }
}

/// An encoder whose class token is normed and projected twice.
private struct AltCLIPTextTower: FeatureTower {
  private let encoder: TextEncoder
  private let norm: LayerNorm
  private let transformation: Linear
  private let projection: Linear

  init(
    _ weights: Weights, _ config: BERTConfig, width: Int, projection: Weights, dimension: Int
  ) throws {
    encoder = try TextEncoder(weights["roberta"], config)
    norm = try LayerNorm(
      weights["pre_LN"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
    transformation = try Linear(
      weights["transformation"], inputs: config.hiddenSize, outputs: width, precision: .float32)
    self.projection = try Linear(
      projection, inputs: width, outputs: dimension, hasBias: false, precision: .float32)
  }

  var dimension: Int { projection.outputs }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let classTokens = try encoder(inputs, keepingFirst: true, trace: trace).hidden  // [B, C]
    let normed = trace.pass(norm.path, norm(classTokens))
    let wide = trace.pass(transformation.path, transformation(normed))
    return trace.pass(projection.path, projection(wide))  // [B, D]
  }
}

extension BERTConfig {
  /// transformers leaves out of the inner config whatever equals its defaults (AltCLIPTextConfig).
  fileprivate init(ofAltCLIP keys: NestedKeys) throws {
    let padding = try keys.optional("pad_token_id")?.int(in: 0...1 << 28) ?? 1
    self.init(
      vocabularySize: try keys.size("vocab_size", default: 250002),
      hiddenSize: try keys.size("hidden_size", default: 1024),
      layerCount: try keys.int("num_hidden_layers", in: 1...4096, default: 24),
      headCount: try keys.size("num_attention_heads", default: 16),
      intermediateSize: try keys.size("intermediate_size", default: 4096),
      activation: try keys.activation(default: .gelu),
      layerNormEpsilon: try keys.epsilon(default: 1e-5),
      positions: PositionTable(
        count: try keys.size("max_position_embeddings", default: 514),
        start: .behind(padding: padding)),
      tokenTypeCount: try keys.size("type_vocab_size", default: 1))
    try keys.requireDivisible(hiddenSize, byHeads: headCount)
    try keys.requireIfPresent("position_embedding_type", is: "absolute")
    guard positions.maximumTokens > 0 else {
      throw keys.place("pad_token_id").inconsistent(
        "\(padding), but there are \(positions.count) positions")
    }
  }
}
