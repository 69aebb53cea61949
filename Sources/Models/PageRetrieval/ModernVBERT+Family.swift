import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTokenizers

/// ColModernVBERT, with a vector for each token, and BiModernVBERT, with one for all.
///
/// Teiletche et al., "ModernVBERT: Towards Smaller Visual Document Retrievers".
struct ModernVBERTFamily: ModelFamily {
  static let modelTypes = ["colmodernvbert", "modernvbert"]
  static let quantizedLayers = ModernBERTFamily.quantizedLayers + CLIPFamily.quantizedLayers
  /// SigLIP's pooling.
  static let unusedTensors = ["*vision_model.head.*", "*.embeddings.position_ids"]
  static let stages = StageNames(attention: "*text_model.layers.#.attn.probs")

  private let config: ModernVBERTConfig
  private let page: PageFormat

  init(_ folder: ModelFiles) throws {
    try folder.requireNoModules()
    config = try ModernVBERTConfig(folder.config)
    page = try PageFormat(
      folder,
      prompt: "<|begin_of_text|>User:<image>Describe the image.<end_of_utterance>\nAssistant:",
      extendsQueries: config.vectorLength != nil, pictureToken: config.pictureToken,
      vision: config.vision, side: config.tokensAlongTile,
      vocabularySize: config.text.vocabularySize, positions: config.text.positionCount)
  }

  var format: any InputFormat { page }
  var pages: PageFormat? { page }

  func check(_ tokenizer: Tokenizer) throws { try page.check(tokenizer) }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    // Of transformers' class, of colpali's classes, and of the model by itself.
    let model = weights.below("vlm").below("model")
    let width = config.text.hiddenSize
    return PageRetriever(
      try SigLIPPatches(model["vision_model"].below("vision_model"), config.vision),
      try PatchJoiner(
        model["connector"], config.vision, factor: config.factor, outputs: width),
      try ModernBERT(model["text_model"], config.text),
      try config.vectorLength.map { length in
        let names = ["embedding_proj_layer", "custom_text_proj"]
        let name = names.first { weights[$0].hasNames } ?? names[0]
        return .eachToken(
          try Linear(weights[name], inputs: width, outputs: length, precision: .float32))
      } ?? .mean,
      dimension: config.vectorLength ?? width, pictureToken: config.pictureToken)
  }
}

extension ModelFiles {
  /// Refuses what sentence-transformers puts behind a model, which nothing reads here.
  ///
  /// - Throws: `FieldError`.
  func requireNoModules() throws {
    guard modules != nil else { return }
    throw FilePlace(file: "modules.json").inconsistent(
      "modules around a retriever of pages are not read, only the folder of the model itself")
  }
}

/// What inference reads of `config.json`.
struct ModernVBERTConfig: Sendable {
  let text: ModernBERTConfig
  let vision: SigLIPConfig.Vision
  /// Patches along a side of those that become one token.
  let factor: Int
  /// The token in whose places pictures stand.
  let pictureToken: Int
  /// Of a token's vector; nil where the tokens have one vector together.
  let vectorLength: Int?

  /// - Throws: `FieldError`.
  init(_ config: Config) throws {
    let model = try config.optionalObject("vlm_config") ?? config
    let words = try model.object("text_config")
    if let name = try words.optional("text_model_name") {
      throw name.place.inconsistent(
        "the rest stands in another model's folder; one that transformers 5 writes has all of it")
    }
    text = try ModernBERTConfig(words)
    let picture = try model.inner("vision_config")
    vision = try SigLIPConfig.Vision(picture, .siglip, imageSize: 224, patchSize: 16)
    factor = try model.int("pixel_shuffle_factor", in: 1...64, default: 4)
    pictureToken = try model.int(
      "image_token_id", in: 0...text.vocabularySize - 1, default: 50407)
    let side = vision.imageSize / vision.patchSize
    guard side.isMultiple(of: factor) else {
      throw model.field.place.key("pixel_shuffle_factor").inconsistent(
        "\(factor), but a tile has \(side) patches along a side")
    }
    vectorLength = try Self.vectorLength(config)
  }

  private static func vectorLength(_ config: Config) throws -> Int? {
    let classes = try config.required("architectures")
    let names = try classes.elements().map { try $0.string() }
    if names.contains("BiModernVBert") { return nil }
    guard names.contains(where: { $0.hasPrefix("ColModernVBert") }) else {
      throw classes.wrongType("ColModernVBertForRetrieval, ColModernVBert or BiModernVBert")
    }
    return try config.int("embedding_dim", in: 1...1 << 16, default: 128)
  }

  var tokensAlongTile: Int { vision.imageSize / vision.patchSize / factor }
}
