import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraTokenizers

/// CLIP in the sizes of OpenAI and LAION.
struct CLIPFamily: ModelFamily {
  static let modelTypes = ["clip"]
  static let quantizedLayers = [
    "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj",
    "mlp.fc1", "mlp.fc2",
  ].map { "_model.encoder.layers.*.\($0)" }
  static let unusedTensors = ["*.embeddings.position_ids"]
  static let stages = StageNames(
    attention: "text_model.*.layers.#.self_attn.probs",
    towerAttention: "vision_model.*.layers.#.self_attn.probs", towerPrefix: "vision_model.")

  private let config: CLIPConfig
  private let recipe: PixelRecipe

  init(_ folder: ModelFiles) throws {
    config = try CLIPConfig(folder.config)
    recipe = try PixelRecipe(
      preprocessorConfig: folder.transformerFolder.appending(path: "preprocessor_config.json").path,
      processors: ["CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPFeatureExtractor"])
    let side = config.vision.imageSize
    guard recipe.outputSize == PixelSize(width: side, height: side) else {
      let made = recipe.outputSize.map { "\($0.width) × \($0.height)" } ?? "any size"
      throw folder.config.field.place.key("vision_config.image_size").inconsistent(
        "\(side), but preprocessor_config.json makes pictures of \(made)")
    }
  }

  var format: any InputFormat { config }
  var pixels: PixelRecipe? { recipe }

  /// With another model's tokenizer every text would become the same vector.
  func check(_ tokenizer: Tokenizer) throws {
    let ids = tokenizer.encode("").ids
    guard config.text.isEndTokenLargest || ids.contains(config.text.endTokenID) else {
      throw FilePlace(file: "config.json", path: "text_config.eos_token_id").inconsistent(
        "\(config.text.endTokenID), but the tokenizer makes of an empty text the ids \(ids)")
    }
  }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try CLIP(weights, config)
  }
}

/// A text and a picture are read by a tower each.
extension CLIPConfig: InputFormat {
  package var imageSize: Int? { vision.imageSize }
  package var fusion: Fusion { .separateTowers(imageTokens: 1 + vision.patchCount) }
  package var vocabularySize: Int { text.vocabularySize }
  package func maximumTextTokens(besideImage: Bool) -> Int { text.maxPositionEmbeddings }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    guard input.picture != nil else {
      return input.ids.indices.map { SequenceRow(.token($0), position: $0) }
    }
    return [SequenceRow(.imageClass, position: 0)]
      + (0..<vision.patchCount).map { SequenceRow(.patch($0), position: 1 + $0) }
  }
}
