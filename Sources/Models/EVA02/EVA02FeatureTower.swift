import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// An EVA02 tower whose class token, normed and perhaps projected, is the picture's features.
struct EVA02FeatureTower: FeatureTower {
  private let tower: EVA02
  private let norm: LayerNorm
  /// Nil where the class token itself is what texts are compared with.
  private let head: Linear?

  /// - Parameter hasHead: whether the checkpoint has a projection, with a bias, to `dimension` numbers.
  init(_ weights: Weights, _ config: EVA02Config, dimension: Int, hasHead: Bool = true) throws {
    precondition(
      hasHead || dimension == config.hiddenSize,
      "\(dimension) numbers of a class token of \(config.hiddenSize)")
    tower = try EVA02(weights, config)
    norm = try LayerNorm(
      weights["norm"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
    head =
      hasHead
      ? try Linear(
        weights["head"], inputs: config.hiddenSize, outputs: dimension, precision: .float32)
      : nil
  }

  var dimension: Int { head?.outputs ?? tower.config.hiddenSize }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let classTokens = try tower(
      inputs.compactMap(\.pixels), keepingFirst: true, trace: trace
    ) {
      trace.pass(norm.path, norm($0))
    }  // [pictures, C]
    return head.map { trace.pass($0.path, $0(classTokens)) } ?? classTokens  // [pictures, D]
  }
}
