import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Patches behind a class token; the vector is the class token's, normed.
struct CLIPVisionTower: FeatureTower {
  private let patches: CLIPPatches
  private let postNorm: LayerNorm
  private let projection: Linear

  /// - Parameter dimension: of the features, D.
  init(
    _ weights: Weights, _ config: CLIPConfig.Vision, projection: Weights, dimension: Int
  ) throws {
    let (width, epsilon) = (config.tower.hiddenSize, config.tower.layerNormEpsilon)
    patches = try CLIPPatches(weights, config)
    postNorm = try LayerNorm(weights["post_layernorm"], width: width, epsilon: epsilon)
    self.projection = try Linear(
      projection, inputs: width, outputs: dimension, hasBias: false, precision: .float32)
  }

  /// A tower whose parts lie elsewhere in the checkpoint.
  init(_ patches: CLIPPatches, postNorm: LayerNorm, projection: Linear) {
    self.patches = patches
    self.postNorm = postNorm
    self.projection = projection
  }

  var dimension: Int { projection.outputs }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let pictures = inputs.compactMap(\.pixels)
    let classTokens = try patches(pictures, onlyClassTokens: true, trace: trace)
    let normed = trace.pass(postNorm.path, postNorm(classTokens))
    return trace.pass(projection.path, projection(normed))  // [pictures, D]
  }
}

extension CLIPVisionTower: StudiedFeatureTower {
  func pooledRow(of input: ModelInput) -> Int { 0 }

  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try variants(
      of: patches.embed([input].compactMap(\.pixels), trace: nil), leavingOut: groups,
      keeping: pooledRow(of: input),
      batchRows: batchRows, progress: progress
    ) {
      try patches.layers($0, in: $1, keeping: $2, trace: nil)
    }.map { projection(postNorm($0)).row(0) }
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try patches.layers.dissect(
      patches.embed([input].compactMap(\.pixels), trace: nil), row: pooledRow(of: input), postNorm,
      projection,
      along: direction, sources: sources)
  }
}
