import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// An EVA02 tower whose class token, normed and perhaps projected, is the picture's features.
struct EVA02FeatureTower: FeatureTower {
  private let tower: EVA02
  private let norm: LayerNorm
  /// None where the class token itself is what texts are compared with.
  private let projections: [Linear]

  /// - Parameters:
  ///   - dimension: of what the head makes, or the class token's.
  ///   - hasHead: whether the checkpoint has a projection, with a bias, to `dimension` numbers.
  ///   - projection: one more, behind that.
  init(
    _ weights: Weights, _ config: EVA02Config, dimension: Int, hasHead: Bool = true,
    projection: Linear? = nil
  ) throws {
    precondition(
      hasHead || dimension == config.hiddenSize,
      "\(dimension) numbers of a class token of \(config.hiddenSize)")
    tower = try EVA02(weights, config)
    norm = try LayerNorm(
      weights["norm"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
    let head =
      hasHead
      ? try Linear(
        weights["head"], inputs: config.hiddenSize, outputs: dimension, precision: .float32)
      : nil
    projections = [head, projection].compactMap { $0 }
  }

  var dimension: Int { projections.last?.outputs ?? tower.config.hiddenSize }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let classTokens = try tower(
      inputs.compactMap(\.pixels), keepingFirst: true, trace: trace
    ) {
      trace.pass(norm.path, norm($0))
    }  // [pictures, C]
    return projections.map(RowMap.linear)(classTokens, trace: trace)  // [pictures, D]
  }
}

extension EVA02FeatureTower: PreNormTower {
  var stack: [EVA02Block] { tower.blocks }
  var maps: [RowMap] { [.norm(norm)] + projections.map(RowMap.linear) }

  func entering(_ input: ModelInput) -> Tensor {
    tower.embed([input].compactMap(\.pixels), trace: nil)
  }
}
