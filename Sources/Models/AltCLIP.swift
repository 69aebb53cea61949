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
    towerAttention: CLIPPictures.attention, towerPrefix: CLIPPictures.prefix)

  private let text: BERTConfig
  /// Of what a text's class token becomes before it is projected.
  private let textWidth: Int
  private let pictures: CLIPPictures
  let format: any InputFormat

  init(_ folder: ModelFiles) throws {
    let keys = try NestedKeys(folder.config, "text_config")
    text = try BERTConfig(ofAltCLIP: keys)
    textWidth = try keys.size("project_dim", default: 768)
    pictures = try CLIPPictures(folder, .clip, dimension: 768)
    format = pictures.format(
      vocabularySize: text.vocabularySize, maximumTextTokens: text.positions.maximumTokens)
  }

  var pixels: PixelRecipe? { pictures.recipe }
  var textStyle: TextStyle { .processor }

  /// The class token is normed and projected twice.
  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    let words = weights["text_model"]
    return try pictures.model(
      weights,
      beside: ProjectedTextTower(
        PostNormTower(words["roberta"], text),
        [
          .norm(
            LayerNorm(words["pre_LN"], width: text.hiddenSize, epsilon: text.layerNormEpsilon)),
          .linear(
            Linear(
              words["transformation"], inputs: text.hiddenSize, outputs: textWidth,
              precision: .float32)),
          .linear(
            Linear(
              weights["text_projection"], inputs: textWidth, outputs: pictures.dimension,
              hasBias: false, precision: .float32)),
        ]))
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
