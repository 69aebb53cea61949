import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraTensors

/// SmolVLM and SmolVLM2 about pictures, and Idefics3, granite-docling and others made like them.
struct SmolVLMFamily: ChatFamily {
  static let modelTypes = ["smolvlm", "idefics3"]
  static let quantizedLayers = Decoder.quantizedLayers + CLIPFamily.quantizedLayers
  static let fourBitLayers = Decoder.quantizedLayers.map { "text_model.\($0)" }
  static let unusedTensors = ["*rotary_emb.inv_freq"]
  static let attention = "*text_model.layers.#.self_attn.probs"

  private let config: SmolVLMConfig
  private let tiles: TileReading
  let format: ChatFormat

  /// One that gives vectors has the same `model_type`.
  static func accepts(_ folder: ModelFiles) throws -> Bool {
    try !ColIdefics3Family.accepts(folder)
  }

  init(_ folder: ModelFiles) throws {
    config = try SmolVLMConfig(folder.config)
    tiles = try TileReading(folder, config.vision, side: config.tokensAlongTile)
    format = ChatFormat(
      vocabularySize: config.text.decoder.vocabularySize, positions: config.text.positions,
      ends: try folder.ends() ?? config.text.ends, pictureToken: config.pictureToken)
  }

  func prepare(_ pictures: [Raster]) throws -> [PreparedPicture] {
    try pictures.map { raster in
      let picture = try tiles.recipe(raster)
      return PreparedPicture(
        picture, tiles.recipe.normalization,
        tokenCount: picture.tiles.count * tiles.tokensOfTile,
        whole: picture.tiles.last)
    }
  }

  func expand(_ prompt: String, _ pictures: [PreparedPicture]) throws -> String {
    try replacing(tiles.placeholder, in: prompt, by: pictures) {
      tiles.text(rows: $0.rows, columns: $0.columns)
    }
  }

  func tokens(of picture: PreparedPicture) -> PictureTokens {
    let side = tiles.side
    let whole = Array(0..<side * side)
    let parts = (0..<picture.rows * picture.columns).flatMap { tile in
      whole.map { token in
        PictureTokens.part(
          row: tile / picture.columns * side + token / side, of: picture.rows * side,
          column: tile % picture.columns * side + token % side, of: picture.columns * side,
          side: side)
      }
    }
    return PictureTokens(side: side, parts: parts + whole)
  }

  func model(_ weights: Weights) throws -> any ChatModel { try SmolVLM(weights, config) }
}

/// What inference reads of `config.json`. transformers leaves out of the inner configurations what
/// equals its defaults.
struct SmolVLMConfig: Sendable {
  let text: LanguageModelConfig
  let vision: SigLIPConfig.Vision
  /// Patches along a side of those that become one token.
  let scaleFactor: Int
  /// The token in whose places pictures stand.
  let pictureToken: Int
  let sharesWords: Bool

  init(_ config: Config) throws {
    text = try LanguageModelConfig(config.object("text_config"))
    let picture = try config.inner("vision_config")
    vision = try SigLIPConfig.Vision(
      picture,
      CLIPTowerConfig.Defaults(
        width: 1152, intermediate: 3072, heads: 16, activation: .tanhGELU, epsilon: 1e-6),
      imageSize: 224, patchSize: 32)
    scaleFactor = try config.int("scale_factor", in: 1...64, default: 2)
    pictureToken = try config.int(
      "image_token_id", in: 0...text.decoder.vocabularySize - 1, default: 128257)
    sharesWords = try config.optional("tie_word_embeddings")?.bool() ?? false
    let side = vision.imageSize / vision.patchSize
    guard side.isMultiple(of: scaleFactor) else {
      throw config.field.place.key("scale_factor").inconsistent(
        "\(scaleFactor), but a tile has \(side) patches along a side")
    }
  }

  var tokensAlongTile: Int { vision.imageSize / vision.patchSize / scaleFactor }
}
