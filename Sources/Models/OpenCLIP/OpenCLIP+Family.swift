import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// CLIP as open_clip keeps it, with its own tower for pictures or with timm's EVA02: EVA-CLIP.
///
/// Cherti et al., "Reproducible scaling laws for contrastive language-image learning"; Sun et al.,
/// "EVA-CLIP".
struct OpenCLIPFamily: ModelFamily {
  static let modelTypes = ["open_clip"]
  static let quantizedLayers =
    CLIPSpelling.openCLIP.linearLayers.map { "transformer.resblocks.*.\($0)" }
    + EVA02Spelling.timm.linearLayers.map { "visual.trunk.blocks.*.\($0)" }
  static let unusedTensors = ["*attn_mask", "visual.trunk.rope.*"]
  static let stages = StageNames(
    attention: "*transformer.resblocks.#.attn.probs", towerAttention: "visual.*.#.attn.probs",
    towerPrefix: "visual.")

  private let config: OpenCLIPConfig
  private let vision: Vision
  let format: any InputFormat

  private enum Vision {
    case vit(CLIPTowerConfig, imageSize: Int, patchSize: Int)
    case eva02(EVA02Config)

    var patchCount: Int {
      switch self {
      case .vit(_, let imageSize, let patchSize): (imageSize / patchSize) * (imageSize / patchSize)
      case .eva02(let config): config.patchCount
      }
    }
  }

  init(_ folder: ModelFiles) throws {
    config = try OpenCLIPConfig(folder.config)
    vision =
      switch config.vision {
      case .vit(let tower, let imageSize, let patchSize):
        .vit(tower, imageSize: imageSize, patchSize: patchSize)
      case .eva02(let imageSize):
        .eva02(try EVA02Config(ofTimm: folder, imageSize: imageSize))
      }
    format = TwoTowerFormat(
      imageSize: config.vision.imageSize, patchCount: vision.patchCount, hasClassToken: true,
      vocabularySize: config.text.vocabularySize,
      maximumTextTokens: config.text.maxPositionEmbeddings)
  }

  var pixels: PixelRecipe? { config.recipe }
  var textStyle: TextStyle { .processor }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    // Older files have the text's tensors beside the tower for pictures, newer ones in a scope.
    let scope = weights["text"]
    let text = try CLIPTextTower(
      ofOpenCLIP: scope.hasNames ? scope : weights, config.text, dimension: config.dimension)
    let scoring = try LabelScoring.softmax(weights)
    switch vision {
    case .vit(let tower, let imageSize, let patchSize):
      let picture = try CLIPVisionTower(
        ofOpenCLIP: weights["visual"], tower, patchSize: patchSize,
        patchCount: (imageSize / patchSize) * (imageSize / patchSize),
        dimension: config.dimension)
      return TwoTowers(text, picture, isNormalizing: true, labelScoring: scoring)
    case .eva02(let tower):
      let picture = try EVA02FeatureTower(
        weights["visual"]["trunk"], tower, dimension: config.dimension)
      return TwoTowers(text, picture, isNormalizing: true, labelScoring: scoring)
    }
  }
}

extension EVA02Config {
  /// Sizes from the tensors: timm's name says the mathematics. Heads are 64 wide in all of them.
  fileprivate init(ofTimm folder: ModelFiles, imageSize: Int) throws {
    let trunk = "visual.trunk"
    let kernel = "\(trunk).patch_embed.proj.weight"
    let shape = try folder.shape(of: kernel, rank: 4)
    let (width, patchSize) = (shape[0], shape[3])
    guard width.isMultiple(of: 64), imageSize.isMultiple(of: patchSize) else {
      throw folder.config.field.place.key("model_cfg.vision_cfg").inconsistent(
        "pictures of \(imageSize) pixels, but \(kernel) has the shape \(shape)")
    }
    self.init(
      imageSize: imageSize, patchSize: patchSize, hiddenSize: width,
      layerCount: try folder.checkpoint.get().layerCount(behind: "\(trunk).blocks."),
      headCount: width / 64,
      intermediateSize: try folder.shape(of: "\(trunk).blocks.0.mlp.fc1_g.weight", rank: 2)[0],
      layerNormEpsilon: 1e-6, rotary: .computed(places: 16), spelling: .timm)
  }
}

extension CLIPTextTower {
  fileprivate init(ofOpenCLIP weights: Weights, _ config: CLIPTextConfig, dimension: Int) throws {
    let (width, epsilon) = (config.tower.hiddenSize, config.tower.layerNormEpsilon)
    self.init(
      config, path: weights["embeddings"].path,
      tokens: try EmbeddingTable(
        weights["token_embedding"], count: config.vocabularySize, width: width),
      positions: try EmbeddingTable(
        weights, tensor: "positional_embedding", count: config.maxPositionEmbeddings, width: width),
      layers: try CLIPLayers(weights["transformer"], config.tower, isCausal: config.isCausal),
      norm: try LayerNorm(weights["ln_final"], width: width, epsilon: epsilon),
      projection: try Linear(
        transposed: "text_projection", of: weights, inputs: width, outputs: dimension))
  }
}

extension CLIPVisionTower {
  fileprivate init(
    ofOpenCLIP weights: Weights, _ config: CLIPTowerConfig, patchSize: Int, patchCount: Int,
    dimension: Int
  ) throws {
    let (width, epsilon) = (config.hiddenSize, config.layerNormEpsilon)
    self.init(
      CLIPPatches(
        path: weights["embeddings"].path,
        patchEmbedding: try PatchEmbedding(
          weights["conv1"], side: patchSize, width: width, hasBias: false),
        classToken: try weights.tensor("class_embedding", shape: [width]).widened()
          .reshaped([1, width]),
        positions: try weights.tensor("positional_embedding", shape: [1 + patchCount, width])
          .widened(),
        preNorm: try LayerNorm(weights["ln_pre"], width: width, epsilon: epsilon),
        layers: try CLIPLayers(weights["transformer"], config, isCausal: false)),
      postNorm: try LayerNorm(weights["ln_post"], width: width, epsilon: epsilon),
      projection: try Linear(
        transposed: "proj", of: weights, inputs: width, outputs: dimension))
  }
}
