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

extension CLIPVisionTower: PreNormTower {
  var stack: [CLIPLayer] { patches.layers.layers }
  var maps: [RowMap] { [.norm(postNorm), .linear(projection)] }

  func entering(_ input: ModelInput) -> Tensor {
    patches.embed([input].compactMap(\.pixels), trace: nil)
  }
}
