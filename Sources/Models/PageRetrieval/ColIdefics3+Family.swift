import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTokenizers

/// ColSmol: SmolVLM without its head for words, and with a vector for each token.
///
/// Of colpali's `ColIdefics3`, adapters merged. Faysse et al., "ColPali".
struct ColIdefics3Family: ModelFamily {
  static let modelTypes = SmolVLMFamily.modelTypes
  static let quantizedLayers = SmolVLMFamily.quantizedLayers
  /// Of the model that writes.
  static let unusedTensors = SmolVLMFamily.unusedTensors + ["lm_head.*"]
  static let stages = StageNames(attention: SmolVLMFamily.attention)

  private let config: SmolVLMConfig
  private let page: PageFormat

  static func accepts(_ folder: ModelFiles) throws -> Bool {
    try folder.architectures().contains { $0.hasPrefix("ColIdefics3") }
  }

  init(_ folder: ModelFiles) throws {
    try folder.requireNoModules()
    config = try SmolVLMConfig(folder.config)
    page = try PageFormat(
      folder, prompt: "<|im_start|>User:<image>Describe the image.<end_of_utterance>\nAssistant:",
      extendsQueries: true, pictureToken: config.pictureToken, vision: config.vision,
      side: config.tokensAlongTile, vocabularySize: config.text.decoder.vocabularySize,
      positions: config.text.positions)
  }

  var format: any InputFormat { page }
  var pages: PageFormat? { page }

  func check(_ tokenizer: Tokenizer) throws { try page.check(tokenizer) }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    let (model, head) = (weights["model"], weights["linear"])
    let width = config.text.decoder.hiddenSize
    // No key says it.
    let length = try head.tensor("weight").shape.first ?? 0
    return PageRetriever(
      try SigLIPPatches(model["vision_model"], config.vision),
      try PatchJoiner(
        model["connector"], config.vision, factor: config.scaleFactor, outputs: width),
      try Decoder(
        model["text_model"], config.text.decoder, config.text.traits, sight: .causal,
        rotary: config.text.rotary),
      .eachToken(try Linear(head, inputs: width, outputs: length, precision: .float32)),
      dimension: length, pictureToken: config.pictureToken)
  }
}
