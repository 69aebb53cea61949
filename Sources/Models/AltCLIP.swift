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
  static let givesFeatures = true
  static let quantizedLayers =
    CLIPFamily.quantizedLayers + BERTFamily.quantizedLayers
    // As transformers 5.24 saves the tower for pictures.
    + CLIPSpelling.transformers.linearLayers.map { "vision_model.encoder.layer.*.\($0)" }
  /// RoBERTa's pooler, which the class token passes by.
  static let unusedTensors = ["*.embeddings.position_ids", "text_model.roberta.pooler.*"]
  static let stages = StageNames(
    attention: "text_model.*.layer.#.attention.probs",
    towerAttention: CLIPPictures.attention, towerPrefix: CLIPPictures.prefix)

  /// AltCLIPTextConfig's.
  private static let defaults = BERTConfig.Defaults(
    vocabulary: 250002, hidden: 1024, layers: 24, heads: 16, intermediate: 4096, epsilon: 1e-5,
    positions: 514, tokenTypes: 1, padding: 1)

  private let text: BERTConfig
  /// Of what a text's class token becomes before it is projected.
  private let textWidth: Int
  private let pictures: CLIPPictures
  let format: any InputFormat

  init(_ folder: ModelFiles) throws {
    let keys = try folder.config.innerOfCLIP("text_config")
    text = try BERTConfig(keys, Self.defaults)
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
