import TesseraCheckpoints
import TesseraImages
import TesseraJSON
import TesseraTensors
import TesseraTokenizers

/// DINOv2: pictures alone, told apart without a word.
///
/// Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision".
struct DINOv2Family: ModelFamily {
  static let modelTypes = ["dinov2"]
  static let quantizedLayers = [
    "attention.attention.query", "attention.attention.key", "attention.attention.value",
    "attention.output.dense", "mlp.fc1", "mlp.fc2", "mlp.weights_in", "mlp.weights_out",
  ].map { "encoder.layer.*.\($0)" }
  static let unusedTensors = ["*embeddings.mask_token", "classifier.*"]
  static let stages = StageNames(
    attention: attention, towerAttention: attention, towerPrefix: "")
  private static let attention = "encoder.layer.#.attention.attention.probs"

  private let config: DINOv2Config
  private let recipe: PixelRecipe
  let format: any InputFormat

  init(_ folder: ModelFiles) throws {
    recipe = try folder.pixelRecipe(.bit)
    guard let size = recipe.outputSize, size.width == size.height else {
      throw folder.config.field.place.key("image_size").inconsistent(
        "the image processor's file makes pictures of no one size, or of two sides")
    }
    config = try DINOv2Config(folder.config, pictureSide: size.width)
    format = PictureFormat(imageSize: size.width, patchCount: config.patchCount)
  }

  var pixels: PixelRecipe? { recipe }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    try DINOv2(weights.below("dinov2"), config)
  }
}

/// A picture's class token, then its patches.
private struct PictureFormat: InputFormat {
  let imageSize: Int?
  let patchCount: Int

  var fusion: Fusion { .picturesOnly(imageTokens: 1 + patchCount) }
  var vocabularySize: Int { 0 }
  func maximumTextTokens(besideImage: Bool) -> Int { 0 }

  func layout(of input: ModelInput) -> [SequenceRow] {
    [SequenceRow(.imageClass, position: 0)]
      + (0..<patchCount).map { SequenceRow(.patch($0), position: 1 + $0) }
  }
}

/// What inference reads of a DINOv2 `config.json`; what is missing is Dinov2Config's default.
struct DINOv2Config: Sendable {
  let hiddenSize: Int
  let layerCount: Int
  let headCount: Int
  /// Width between the two halves of a feed-forward.
  let intermediateSize: Int
  let activation: Activation
  let isGated: Bool
  let hasBias: Bool
  let layerNormEpsilon: Float
  let patchSize: Int
  /// Patches along a side of the pictures that the table of positions was trained for.
  let tableSide: Int
  /// Patches along a side of the pictures that are read.
  let side: Int

  /// - Parameter pictureSide: in pixels, as the image processor makes it.
  init(_ config: Config, pictureSide: Int) throws {
    hiddenSize = try config.size("hidden_size", default: 768)
    layerCount = try config.layerCount(default: 12)
    headCount = try config.size("num_attention_heads", default: 12)
    let inner = hiddenSize * (try config.int("mlp_ratio", in: 1...1024, default: 4))
    isGated = try config.bool("use_swiglu_ffn", default: false)
    // Two thirds of the width, as there are three matrices in place of two, in whole eights.
    intermediateSize = isGated ? (inner * 2 / 3 + 7) / 8 * 8 : inner
    activation = try config.activation(default: .gelu)
    hasBias = try config.bool("qkv_bias", default: true)
    layerNormEpsilon = try config.epsilon(default: 1e-6)
    patchSize = try config.size("patch_size", default: 14)
    try config.requireColours()
    let imageSize = try config.imageSize(default: 224)
    tableSide = imageSize / patchSize
    side = pictureSide / patchSize
    guard side > 0, tableSide > 0 else {
      throw config.field.place.key("patch_size").inconsistent(
        "\(patchSize), but pictures have \(min(pictureSide, imageSize)) pixels")
    }
    try config.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
  }

  /// The number of patches, P.
  var patchCount: Int { side * side }
}
