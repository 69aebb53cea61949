import TesseraImages
import TesseraJSON
import TesseraTensors

/// What inference reads of the `config.json` of a model of LLaVA's kind.
struct LLaVAConfig: Sendable {
  let text: LanguageModelConfig
  let vision: Vision
  /// Layers of the tower that are run, without the norm behind them.
  let layerCount: Int
  /// Whether a tile's first vector, that of the class, is no patch and left out.
  let dropsClassToken: Bool
  /// Of the projection to the width of words.
  let activation: Activation
  let hasProjectionBias: Bool
  /// The token in whose places pictures stand.
  let pictureToken: Int
  let sharesWords: Bool
  /// How pictures are cut; nil where each is one tile.
  let tiling: Tiling?

  /// The tower that sees.
  enum Vision: Sendable {
    case clip(CLIPConfig.Vision)
    case siglip(SigLIPConfig.Vision)
  }

  /// How the tiles of a picture are cut and joined.
  struct Tiling: Sendable {
    let canvases: [PixelSize]
    let grid: TileGrid
    /// Whether pictures stay whole where there are several.
    let keepsSeveralWhole: Bool
  }

  /// - Throws: `FieldError` for sizes that no model can have, and for unknown variants.
  init(_ config: Config, _ kind: LLaVAKind) throws {
    text = try LanguageModelConfig(config.object("text_config"), modelType: kind.textType)
    vision = try Vision(config, modelType: kind.visionType)
    layerCount = try Self.layerCount(config, of: vision.tower.layerCount, kind)
    dropsClassToken = try Self.dropsClassToken(config, vision, kind)
    activation = try config.optional("projector_hidden_act")?.choice() ?? .gelu
    hasProjectionBias = try config.optional("multimodal_projector_bias")?.bool() ?? true
    let token = try config.optional("image_token_index") ?? config.optional("image_token_id")
    pictureToken =
      try token?.int(in: 0...text.decoder.vocabularySize - 1) ?? kind.pictureToken
    let isTied = try config.optional("tie_word_embeddings")?.bool() ?? false
    sharesWords = isTied || (kind.readsInnerTie && text.sharesWords)
    tiling = try Self.tiling(config, vision, kind)
  }

  /// As many vectors as the tower makes of a tile.
  var tokensOfTile: Int {
    switch vision {
    case .clip(let vision): vision.patchCount + (dropsClassToken ? 0 : 1)
    case .siglip(let vision): vision.patchCount
    }
  }

  /// From the first layer on, or from the last one back: 0 is what enters the first.
  private static func layerCount(_ config: Config, of count: Int, _ kind: LLaVAKind) throws -> Int {
    guard let field = try config.optional("vision_feature_layer") else {
      return count + 1 + kind.featureLayer
    }
    let single = try field.value.array.map { _ in try field.elements() } ?? [field]
    guard single.count == 1, let layer = single.first else {
      throw field.place.unsupported("several layers")
    }
    let index = try layer.int(in: -(count + 1)...count)
    return index < 0 ? count + 1 + index : index
  }

  private static func dropsClassToken(
    _ config: Config, _ vision: Vision, _ kind: LLaVAKind
  ) throws -> Bool {
    let key = "vision_feature_select_strategy"
    let strategy: FeatureStrategy = try config.choice(key, default: kind.featureStrategy)
    switch (vision, strategy) {
    case (.clip, .withoutFirst): return true
    case (.siglip, .all): return false
    case (.clip, .all) where kind == .llava: return false
    case (.clip, .all):
      throw config.field.place.key(key).unsupported("tiles with the tower's class token")
    case (.siglip, .withoutFirst):
      throw config.field.place.key(key).inconsistent(
        "the first patch would be left out, as the tower has no class token")
    }
  }

  private static func tiling(
    _ config: Config, _ vision: Vision, _ kind: LLaVAKind
  ) throws -> Tiling? {
    guard let canvases = kind.canvases else { return nil }
    let key = "image_grid_pinpoints"
    let own = try config.optional(key)?.elements().map { pair in
      let sides = try pair.elements().map { try $0.int(in: 1...4096) }
      guard sides.count == 2 else { throw pair.wrongType("a height and a width") }
      return PixelSize(width: sides[1], height: sides[0])
    }
    if let own, own.isEmpty { throw config.field.place.key(key).unsupported("no sizes") }
    let patches = vision.imageSize / vision.patchSize
    return Tiling(
      canvases: own ?? canvases,
      grid: TileGrid(
        side: patches, maximumTiles: kind == .oneVision ? try config.maximumTiles() : nil),
      keepsSeveralWhole: kind == .oneVision)
  }
}

extension LLaVAConfig.Vision {
  /// The names that `vision_config.model_type` may have.
  private enum Kind: String, CaseIterable {
    case clip = "clip_vision_model"
    case siglip = "siglip_vision_model"
  }

  /// - Parameter modelType: where the configuration says none.
  fileprivate init(_ config: Config, modelType: String) throws {
    let kind: Kind = try config.object("vision_config")
      .choice("model_type", default: Kind(rawValue: modelType))
    let keys = try config.inner("vision_config")
    switch kind {
    case .clip: self = .clip(try CLIPConfig.Vision(keys))
    case .siglip:
      self = .siglip(try SigLIPConfig.Vision(keys, .siglip, imageSize: 224, patchSize: 16))
    }
  }

  var tower: CLIPTowerConfig {
    switch self {
    case .clip(let vision): vision.tower
    case .siglip(let vision): vision.tower
    }
  }

  var imageSize: Int {
    switch self {
    case .clip(let vision): vision.imageSize
    case .siglip(let vision): vision.imageSize
    }
  }

  var patchSize: Int {
    switch self {
    case .clip(let vision): vision.patchSize
    case .siglip(let vision): vision.patchSize
    }
  }
}

extension Config {
  /// The number in `anyres_max_9`: so many tiles' patches are the most that become tokens.
  ///
  /// - Throws: `FieldError`.
  func maximumTiles() throws -> Int {
    guard let field = try optional("vision_aspect_ratio") else { return 9 }
    let name = "anyres_max_"
    let text = try field.string()
    guard text.hasPrefix(name), let count = Int(text.dropFirst(name.count)), (1...1024) ~= count
    else { throw field.wrongType("\(name)9, or another number") }
    return count
  }
}
