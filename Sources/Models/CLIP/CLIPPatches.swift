import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Patches behind a class token, with positions, through the layers of CLIP's vision tower.
struct CLIPPatches: Sendable {
  private let path: String
  private let patchEmbedding: PatchEmbedding
  private let classToken: Tensor  // [1, C]
  private let positions: Tensor  // [1 + P, C]
  private let preNorm: LayerNorm
  let layers: CLIPLayers
  private let tokenCount: Int

  /// - Parameter layerCount: layers to run; nil for all.
  init(_ weights: Weights, _ config: CLIPConfig.Vision, layerCount: Int? = nil) throws {
    let width = config.tower.hiddenSize
    let embeddings = weights["embeddings"]
    path = embeddings.path
    tokenCount = 1 + config.patchCount
    patchEmbedding = try PatchEmbedding(
      embeddings["patch_embedding"], side: config.patchSize, width: width, hasBias: false)
    classToken = try embeddings.tensor("class_embedding", shape: [width]).widened()
      .reshaped([1, width])
    positions = try embeddings["position_embedding"].tensor("weight", shape: [tokenCount, width])
      .widened()
    // The checkpoints spell it so.
    preNorm = try LayerNorm(
      weights["pre_layrnorm"], width: width, epsilon: config.tower.layerNormEpsilon)
    layers = try CLIPLayers(
      weights["encoder"], config.tower, isCausal: false, running: layerCount)
  }

  /// Patches whose parts lie elsewhere in the checkpoint.
  ///
  /// - Parameters:
  ///   - path: of the stage that enters the norm before the first layer.
  ///   - classToken: [1, C].
  ///   - positions: of the class token and of each patch, [1 + P, C].
  init(
    path: String, patchEmbedding: PatchEmbedding, classToken: Tensor, positions: Tensor,
    preNorm: LayerNorm, layers: CLIPLayers
  ) {
    self.path = path
    self.patchEmbedding = patchEmbedding
    self.classToken = classToken
    self.positions = positions
    self.preNorm = preNorm
    self.layers = layers
    tokenCount = positions.rowCount
  }

  /// Pictures of [3, S, S] → [pictures·(1 + P), C], or the class tokens alone, [pictures, C].
  func callAsFunction(
    _ pictures: [Tensor], onlyClassTokens: Bool = false, trace: Trace?
  ) throws -> Tensor {
    let sequences = PackedSequences(
      lengths: Array(repeating: tokenCount, count: pictures.count))
    return try layers(
      embed(pictures, trace: trace), in: sequences,
      keeping: onlyClassTokens ? sequences.starts : nil, trace: trace)
  }

  /// Pictures as they enter the first layer: [pictures·(1 + P), C].
  func embed(_ pictures: [Tensor], trace: Trace?) -> Tensor {
    let embedded = Tensor.concatenating(
      pictures.map { pixels in
        let pixels = trace.pass("pixels", pixels)
        return .concatenating([classToken, patchEmbedding(pixels)]) + positions  // [1 + P, C]
      })
    return trace.pass(preNorm.path, preNorm(trace.pass(path, embedded)))
  }
}
