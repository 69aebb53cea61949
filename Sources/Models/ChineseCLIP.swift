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
  static let givesFeatures = true
  static let quantizedLayers = CLIPFamily.quantizedLayers + BERTFamily.quantizedLayers
  /// BERT's pooler, which the class token passes by.
  static let unusedTensors = ["*.embeddings.position_ids", "text_model.pooler.*"]
  static let stages = StageNames(
    attention: "text_model.*.layer.#.attention.probs",
    towerAttention: CLIPPictures.attention, towerPrefix: CLIPPictures.prefix)

  /// Tokens that the authors' code reads of a text, and trained with; no file says it, and
  /// sentence-transformers, which does not know of it, reads as many as the tokenizer's limit says.
  private static let contextLength = 52

  private let text: BERTConfig
  private let pictures: CLIPPictures
  let format: any InputFormat
  let textStyle: TextStyle

  init(_ folder: ModelFiles) throws {
    text = try BERTConfig(folder.config.innerOfCLIP("text_config"), .bert)
    pictures = try CLIPPictures(folder, .chineseCLIP, dimension: 512)
    let positions = text.positions.maximumTokens
    textStyle = folder.modules == nil ? .plain : .processor
    format = pictures.format(
      vocabularySize: text.vocabularySize,
      maximumTextTokens: folder.modules == nil ? min(Self.contextLength, positions) : positions)
  }

  var pixels: PixelRecipe? { pictures.recipe }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try pictures.model(
      weights,
      beside: ProjectedTextTower(
        PostNormTower(weights["text_model"], text),
        Linear(
          weights["text_projection"], inputs: text.hiddenSize, outputs: pictures.dimension,
          hasBias: false, precision: .float32)))
  }
}
