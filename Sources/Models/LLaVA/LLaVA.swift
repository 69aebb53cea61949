import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Patches of a picture's tiles, each by itself as a word of a language model.
///
/// Liu et al., "Visual Instruction Tuning" and "Improved Baselines with Visual Instruction Tuning"; Li
/// et al., "LLaVA-OneVision".
struct LLaVA: ChatModel {
  private let tower: LLaVATower
  private let projector: LLaVAProjector
  private let joiner: TileJoiner?
  private let language: LanguageModel

  init(_ weights: Weights, _ config: LLaVAConfig) throws {
    let parts = LLaVAWeights(weights)
    tower = try LLaVATower(parts.tower.ofEncoder, config)
    projector = try LLaVAProjector(parts.model["multi_modal_projector"], config)
    joiner = try config.tiling.map {
      try TileJoiner(parts.model, $0.grid, width: config.text.decoder.hiddenSize)
    }
    language = try LanguageModel(
      parts.language, head: parts.head, config.text, sharesWords: config.sharesWords,
      pictureToken: config.pictureToken)
  }

  func see(_ pictures: [PreparedPicture], trace: Trace?) throws -> [Tensor] {
    let tokens = try pictures.seen(trace: trace) {
      projector(try tower($0, trace: trace), trace: trace)
    }
    guard let tokens else { return [] }
    let tiles = pictures.reduce(0) { $0 + $1.tiles.rowCount }
    let tokensOfTile = tokens.rowCount / tiles
    var start = 0
    return pictures.map { picture in
      let rows = start..<start + picture.tiles.rowCount * tokensOfTile
      start = rows.upperBound
      let own = tokens.rows(rows)
      return joiner?(own, of: picture) ?? own
    }
  }

  func session() -> any ChatSession { language.session }

  func trace(_ ids: [Int], pictures: [Tensor], trace: Trace) throws -> Tensor {
    try language.trace(ids, pictures: pictures, trace: trace)
  }
}

/// Where a checkpoint holds what. Published files have each part under its own class's names;
/// transformers 5 calls them otherwise in memory, and in the files of some of its versions.
private struct LLaVAWeights {
  /// What the projector and the vector at a row's end are in.
  let model: Weights
  let tower: Weights
  let language: Weights
  let head: Weights

  init(_ weights: Weights) {
    let isNested = weights["model"]["multi_modal_projector"].hasNames
    model = isNested ? weights["model"] : weights
    let vision = model["vision_tower"]
    tower = vision["vision_model"].hasNames ? vision["vision_model"] : vision
    let text = model["language_model"]
    language = text["model"].hasNames ? text["model"] : text
    head = text["lm_head"].hasNames ? text["lm_head"] : weights["lm_head"]
  }
}

/// The patches of tiles as one of a tower's layers leaves them.
private enum LLaVATower: Sendable {
  /// Of 1 + P tokens a tile, of which the first may be left out.
  case clip(CLIPPatches, dropsClassToken: Bool)
  case siglip(SigLIPPatches)

  init(_ weights: Weights, _ config: LLaVAConfig) throws {
    switch config.vision {
    case .clip(let vision):
      self = .clip(
        try CLIPPatches(weights, vision, layerCount: config.layerCount),
        dropsClassToken: config.dropsClassToken)
    case .siglip(let vision):
      self = .siglip(try SigLIPPatches(weights, vision, layerCount: config.layerCount))
    }
  }

  /// Tiles of [3, S, S] each → [tiles·T, C].
  func callAsFunction(_ tiles: [Tensor], trace: Trace?) throws -> Tensor {
    switch self {
    case .siglip(let patches): return try patches(tiles, trace: trace).hidden
    case .clip(let patches, let dropsClassToken):
      let hidden = try patches(tiles, trace: trace)
      guard dropsClassToken else { return hidden }
      let count = hidden.rowCount / tiles.count
      return .concatenating(
        tiles.indices.map { hidden.rows($0 * count + 1..<($0 + 1) * count) })
    }
  }
}

/// Two linear layers from the width of patches to that of words.
private struct LLaVAProjector: Sendable {
  private let path: String
  private let layers: FeedForward

  init(_ weights: Weights, _ config: LLaVAConfig) throws {
    let width = config.text.decoder.hiddenSize
    func layer(_ name: String, _ inputs: Int) throws -> Linear {
      try Linear(
        weights[name], inputs: inputs, outputs: width, hasBias: config.hasProjectionBias,
        precision: .float32)
    }
    path = weights.path
    layers = FeedForward(
      up: try layer("linear_1", config.vision.tower.hiddenSize), down: try layer("linear_2", width),
      activation: config.activation, activatedName: weights["act"].path)
  }

  /// [T, C] → [T, text's C]
  func callAsFunction(_ x: Tensor, trace: Trace?) -> Tensor {
    trace.pass(path, layers(x, trace: trace))
  }
}
