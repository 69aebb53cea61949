import TesseraCheckpoints
import TesseraImages
import TesseraJSON

/// LLaVA 1.5, LLaVA-NeXT and LLaVA-OneVision about pictures, with Llama (Vicuna), Mistral or Qwen2.
struct LLaVAFamily: ChatFamily {
  static let modelTypes = LLaVAKind.allCases.map(\.rawValue)
  static let quantizedLayers =
    Decoder.quantizedLayers + CLIPFamily.quantizedLayers
    + CLIPLayers.quantizedLayers(below: "vision_tower")
  static let fourBitLayers = Decoder.quantizedLayers.map { "language_model.*\($0)" }
  static let unusedTensors = [
    "*vision_tower.*post_layernorm.*", "*vision_tower.*head.*", "*.embeddings.position_ids",
    "*rotary_emb.inv_freq",
  ]

  static let attention = "*language_model.*layers.#.self_attn.probs"

  private let config: LLaVAConfig
  private let reading: Reading
  private let placeholder: String
  let format: ChatFormat

  /// How pictures become tiles.
  private enum Reading: Sendable {
    case whole(PixelRecipe)
    case tiles(GridRecipe, LLaVAConfig.Tiling)
  }

  init(_ folder: ModelFiles) throws {
    let kind: LLaVAKind = try folder.config.choice("model_type")
    config = try LLaVAConfig(folder.config, kind)
    reading = try Self.reading(folder, config, kind)
    placeholder = try folder.picturePlaceholder()
    try Self.checkProcessor(folder, config)
    format = ChatFormat(
      vocabularySize: config.text.decoder.vocabularySize, positions: config.text.positions,
      ends: try folder.ends() ?? config.text.ends,
      pictureToken: config.pictureToken)
  }

  private static func reading(
    _ folder: ModelFiles, _ config: LLaVAConfig, _ kind: LLaVAKind
  ) throws -> Reading {
    guard let tiling = config.tiling, let canvases = kind.canvases else {
      let processor: PictureProcessor =
        switch config.vision {
        case .clip: .llava
        case .siglip: .siglip
        }
      let recipe = try folder.pixelRecipe(processor)
      try recipe.require(side: config.vision.imageSize, folder.config)
      return .whole(recipe)
    }
    let recipe = try GridRecipe(
      folder.preprocessor(), kind == .next ? .llavaNext : .llavaOneVision, canvases: canvases)
    let place = folder.config.field.place
    guard recipe.side == config.vision.imageSize else {
      throw place.key("vision_config.image_size").inconsistent(
        "\(config.vision.imageSize), but the image processor makes tiles of \(recipe.side)")
    }
    guard recipe.canvases == tiling.canvases else {
      throw place.key("image_grid_pinpoints").inconsistent(
        "these sizes are not those of the image processor's file")
    }
    return .tiles(recipe, tiling)
  }

  /// What the processor's file says of the model must be what the model says.
  private static func checkProcessor(_ folder: ModelFiles, _ config: LLaVAConfig) throws {
    guard let file = try folder.config(ifPresent: "processor_config.json") else { return }
    func require(_ key: String, _ expected: Int) throws {
      guard let found = try file.optional(key), try found.int(in: 0...1 << 20) != expected else {
        return
      }
      throw found.wrongType("\(expected), as the model has it")
    }
    try require("patch_size", config.vision.patchSize)
    try require("num_image_tokens", config.tokensOfTile)
    if let strategy: FeatureStrategy = try file.optional("vision_feature_select_strategy")?.choice()
    {
      let isSame = (strategy == .withoutFirst) == config.dropsClassToken
      guard isSame else {
        throw file.field.place.key("vision_feature_select_strategy").inconsistent(
          "\"\(strategy.rawValue)\", but the model's configuration says another")
      }
    }
    if let maximum = config.tiling?.grid.maximumTiles, try file.maximumTiles() != maximum {
      throw file.field.place.key("vision_aspect_ratio").inconsistent(
        "the model's configuration says anyres_max_\(maximum)")
    }
  }

  func prepare(_ pictures: [Raster]) throws -> [PreparedPicture] {
    pictures.map { raster in
      switch reading {
      case .whole(let recipe):
        let tile = TiledPicture(whole: recipe(raster), originalSize: raster.size)
        return prepared(tile, recipe.normalization, tokensBehind: 0)
      case .tiles(let recipe, let tiling) where tiling.keepsSeveralWhole && pictures.count > 1:
        return prepared(recipe.uncut(raster), recipe.normalization, tokensBehind: 1)
      case .tiles(let recipe, let tiling):
        let picture = recipe(raster)
        let part = tiling.grid.part(
          of: picture.originalSize, tileRows: picture.rows, tileColumns: picture.columns)
        return prepared(picture, recipe.normalization, tokensBehind: part.tokenCount)
      }
    }
  }

  /// - Parameter count: tokens behind those of the whole picture.
  private func prepared(
    _ picture: TiledPicture, _ normalization: Normalization, tokensBehind count: Int
  ) -> PreparedPicture {
    PreparedPicture(
      picture, normalization, tokenCount: config.tokensOfTile + count, whole: picture.tiles.first)
  }

  func tokens(of picture: PreparedPicture) -> PictureTokens {
    let side = config.vision.imageSize / config.vision.patchSize
    let hasClassToken = config.tokensOfTile > side * side
    let classToken: [Int?] = hasClassToken ? [nil] : []
    let whole = classToken + (0..<side * side).map(Optional.some)
    guard let grid = config.tiling?.grid else { return PictureTokens(side: side, parts: whole) }
    // A picture that was not cut is one row.
    guard picture.rows > 0 else { return PictureTokens(side: side, parts: whole + [nil]) }
    let part = grid.part(
      of: picture.originalSize, tileRows: picture.rows, tileColumns: picture.columns)
    let rows: [Int?] = (0..<part.newRows).flatMap { row -> [Int?] in
      (0..<part.newColumns).map {
        PictureTokens.part(
          row: row, of: part.newRows, column: $0, of: part.newColumns, side: side)
      } + [nil]
    }
    return PictureTokens(side: side, parts: whole + rows)
  }

  func expand(_ prompt: String, _ pictures: [PreparedPicture]) throws -> String {
    try replacing(placeholder, in: prompt, by: pictures) {
      String(repeating: placeholder, count: $0.tokenCount)
    }
  }

  func model(_ weights: Weights) throws -> any ChatModel { try LLaVA(weights, config) }
}

extension ModelFiles {
  /// What a template writes for a picture: the tokenizer's word before the processor's.
  ///
  /// - Throws: `FieldError`.
  fileprivate func picturePlaceholder() throws -> String {
    let tokenizer = try config(ifPresent: "tokenizer_config.json")
    let places = [
      try tokenizer?.optional("image_token"),
      try tokenizer?.optional("extra_special_tokens").flatMap {
        if case .object = $0.value { try $0.optional("image_token") } else { nil }
      },
      try config(ifPresent: "processor_config.json")?.optional("image_token"),
    ]
    for case let field? in places {
      let text = field.value.string ?? field.value["content"]?.string
      guard let text, !text.isEmpty else { throw field.wrongType("a token") }
      return text
    }
    return "<image>"
  }
}
