import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// ImageBind's towers for texts and for pictures, as `weights-converter` makes a folder of them. Its
/// towers for sounds, depth, heat and motion are passed over.
///
/// Girdhar et al., "ImageBind: One Embedding Space To Bind Them All".
struct ImageBindFamily: ModelFamily {
  static let modelTypes = ["imagebind"]
  static let quantizedLayers = ["text", "vision"].flatMap { sense in
    CLIPSpelling.imageBind.linearLayers.map { "modality_trunks.\(sense).blocks.*.\($0)" }
  }
  static let unusedTensors =
    ["audio", "depth", "thermal", "imu"].map { "modality_*.\($0).*" } + [
      "modality_preprocessors.text.mask"
    ]
  static let stages = StageNames(
    attention: "modality_trunks.text.blocks.#.attn.probs",
    towerAttention: "modality_trunks.vision.blocks.#.attn.probs",
    towerPrefix: "modality_*.vision.")

  private let text: CLIPTextConfig
  private let vision: CLIPTowerConfig
  private let imageSize: Int
  private let patchSize: Int
  private let dimension: Int
  let format: any InputFormat

  init(_ folder: ModelFiles) throws {
    let words = try folder.config.object("text_config")
    let pictures = try folder.config.object("vision_config")
    text = CLIPTextConfig(
      tower: try CLIPTowerConfig(ofImageBind: words),
      vocabularySize: try words.size("vocab_size"),
      maxPositionEmbeddings: try words.size("max_position_embeddings"), isCausal: true,
      pooledToken: .largest)
    vision = try CLIPTowerConfig(ofImageBind: pictures)
    imageSize = try pictures.imageSize()
    patchSize = try pictures.size("patch_size")
    dimension = try folder.config.size("projection_dim")
    try pictures.requireDivisible("image_size", imageSize, by: "patch_size", patchSize)
    let side = imageSize / patchSize
    format = TwoTowerFormat(
      imageSize: imageSize, patchCount: side * side, hasClassToken: true,
      vocabularySize: text.vocabularySize, maximumTextTokens: text.maxPositionEmbeddings)
  }

  var pixels: PixelRecipe? { .torchvision(size: imageSize, isRGBFirst: true) }
  var textStyle: TextStyle { .processor }
  var notes: [String] {
    ["ImageBind's published weights are for non-commercial use only (CC BY-NC-SA 4.0)"]
  }

  /// With another model's tokenizer texts would be pooled at some word.
  func check(_ tokenizer: Tokenizer) throws {
    let ids = tokenizer.encode("").ids
    guard let last = ids.last, last == text.vocabularySize - 1 else {
      throw FilePlace(file: "config.json", path: "text_config.vocab_size").inconsistent(
        "\(text.vocabularySize), but the tokenizer makes of an empty text the ids \(ids), whose last"
          + " is not CLIP's end token")
    }
  }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    TwoTowers(
      try CLIPTextTower(ofImageBind: weights, text, dimension: dimension),
      try CLIPVisionTower(
        ofImageBind: weights, vision, patchSize: patchSize,
        patchCount: (imageSize / patchSize) * (imageSize / patchSize), dimension: dimension),
      isNormalizing: true,
      // The factor that the reference puts on a text's vector.
      labelScoring: try .softmax(
        weights["modality_postprocessors"]["text"][1], "log_logit_scale", atMost: 100))
  }
}

extension CLIPTowerConfig {
  fileprivate init(ofImageBind config: Config) throws {
    let width = try config.size("hidden_size")
    let heads = try config.size("num_attention_heads")
    try config.requireDivisible("hidden_size", width, by: "num_attention_heads", heads)
    self.init(
      hiddenSize: width, intermediateSize: try config.size("intermediate_size"),
      layerCount: try config.layerCount(), headCount: heads, activation: try config.activation(),
      layerNormEpsilon: try config.epsilon(), spelling: .imageBind)
  }
}

extension CLIPTextTower {
  fileprivate init(ofImageBind weights: Weights, _ config: CLIPTextConfig, dimension: Int) throws {
    let (width, epsilon) = (config.tower.hiddenSize, config.tower.layerNormEpsilon)
    let words = weights["modality_preprocessors"]["text"]
    let head = weights["modality_heads"]["text"]["proj"]
    self.init(
      config, path: words["embeddings"].path,
      tokens: try EmbeddingTable(
        words["token_embedding"], count: config.vocabularySize, width: width),
      positions: EmbeddingTable(
        path: words.path,
        try words.tensor("pos_embed", shape: [1, config.maxPositionEmbeddings, width])
          .reshaped([config.maxPositionEmbeddings, width])),
      layers: try CLIPLayers(weights["modality_trunks"]["text"], config.tower, isCausal: true),
      norm: try LayerNorm(head[0], width: width, epsilon: epsilon),
      projection: try Linear(
        head[1], inputs: width, outputs: dimension, hasBias: false, precision: .float32))
  }
}

extension CLIPVisionTower {
  fileprivate init(
    ofImageBind weights: Weights, _ config: CLIPTowerConfig, patchSize: Int, patchCount: Int,
    dimension: Int
  ) throws {
    let (width, epsilon) = (config.hiddenSize, config.layerNormEpsilon)
    let pixels = weights["modality_preprocessors"]["vision"]
    let trunk = weights["modality_trunks"]["vision"]
    let head = weights["modality_heads"]["vision"]
    self.init(
      CLIPPatches(
        path: pixels["embeddings"].path,
        patchEmbedding: try PatchEmbedding(
          still: pixels["rgbt_stem"]["proj"][1], frames: 2, side: patchSize, width: width),
        classToken: try pixels.tensor("cls_token", shape: [1, 1, width]).widened().row(0),
        positions: try pixels["pos_embedding_helper"]
          .tensor("pos_embed", shape: [1, 1 + patchCount, width]).widened().row(0),
        preNorm: try LayerNorm(trunk["pre_transformer_layer"][0], width: width, epsilon: epsilon),
        layers: try CLIPLayers(trunk, config, isCausal: false)),
      postNorm: try LayerNorm(head[0], width: width, epsilon: epsilon),
      projection: try Linear(
        head[2], inputs: width, outputs: dimension, hasBias: false, precision: .float32))
  }
}
