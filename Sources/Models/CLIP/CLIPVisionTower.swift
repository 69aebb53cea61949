import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Patches behind a class token, with positions; the vector is the class token's, normed.
struct CLIPVisionTower: FeatureTower {
  private let path: String
  private let patchEmbedding: PatchEmbedding
  private let classToken: Tensor  // [1, C]
  private let positions: Tensor  // [1 + P, C]
  private let preNorm: LayerNorm
  private let layers: CLIPLayers
  private let postNorm: LayerNorm
  private let projection: Linear
  private let tokenCount: Int

  /// - Parameter dimension: of the features, D.
  init(
    _ weights: Weights, _ config: CLIPConfig.Vision, projection: Weights, dimension: Int
  ) throws {
    let (width, epsilon) = (config.tower.hiddenSize, config.tower.layerNormEpsilon)
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
    preNorm = try LayerNorm(weights["pre_layrnorm"], width: width, epsilon: epsilon)
    layers = try CLIPLayers(weights["encoder"], config.tower, isCausal: false)
    postNorm = try LayerNorm(weights["post_layernorm"], width: width, epsilon: epsilon)
    self.projection = try Linear(
      projection, inputs: width, outputs: dimension, hasBias: false, precision: .float32)
  }

  var dimension: Int { projection.outputs }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let pictures = inputs.compactMap(\.pixels)
    let sequences = PackedSequences(
      lengths: Array(repeating: tokenCount, count: pictures.count))
    let x = embed(pictures, trace: trace)
    let classTokens = try layers(x, in: sequences, keeping: sequences.starts, trace: trace)
    let normed = trace.pass(postNorm.path, postNorm(classTokens))
    return trace.pass(projection.path, projection(normed))  // [pictures, D]
  }

  /// Pictures of [3, S, S] as they enter the first layer: [pictures·(1 + P), C].
  private func embed(_ pictures: [Tensor], trace: Trace?) -> Tensor {
    let embedded = Tensor.concatenating(
      pictures.map { pixels in
        let pixels = trace.pass("pixels", pixels)
        return .concatenating([classToken, patchEmbedding(pixels)]) + positions  // [1 + P, C]
      })
    return trace.pass(preNorm.path, preNorm(trace.pass(path, embedded)))
  }
}

extension CLIPVisionTower: StudiedFeatureTower {
  func pooledRow(of input: ModelInput) -> Int { 0 }

  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try variants(
      of: embed([input].compactMap(\.pixels), trace: nil), leavingOut: groups,
      keeping: pooledRow(of: input),
      batchRows: batchRows, progress: progress
    ) {
      try layers($0, in: $1, keeping: $2, trace: nil)
    }.map { projection(postNorm($0)).row(0) }
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try layers.dissect(
      embed([input].compactMap(\.pixels), trace: nil), row: pooledRow(of: input), postNorm,
      projection,
      along: direction, sources: sources)
  }
}
