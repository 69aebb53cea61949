import TesseraJSON
import TesseraTensors

/// What the configs of towers of CLIP's kind say alike.
struct CLIPTowerConfig: Sendable {
  let hiddenSize: Int
  let intermediateSize: Int
  let layerCount: Int
  let headCount: Int
  let activation: Activation
  let layerNormEpsilon: Float
  let spelling: CLIPSpelling

  /// What stands for keys that are missing.
  struct Defaults {
    let width: Int
    let intermediate: Int
    let heads: Int
    let activation: Activation
    let epsilon: Float

    static func clip(width: Int, intermediate: Int, heads: Int) -> Defaults {
      Defaults(
        width: width, intermediate: intermediate, heads: heads, activation: .quickGELU,
        epsilon: 1e-5)
    }
  }

  /// - Throws: `FieldError`.
  init(_ keys: Config, _ defaults: Defaults) throws {
    hiddenSize = try keys.size("hidden_size", default: defaults.width)
    intermediateSize = try keys.size("intermediate_size", default: defaults.intermediate)
    layerCount = try keys.layerCount(default: 12)
    headCount = try keys.size("num_attention_heads", default: defaults.heads)
    activation = try keys.activation(default: defaults.activation)
    layerNormEpsilon = try keys.epsilon(default: defaults.epsilon)
    spelling = .transformers
    try keys.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
  }

  /// A tower that other keys tell of.
  init(
    hiddenSize: Int, intermediateSize: Int, layerCount: Int, headCount: Int,
    activation: Activation, layerNormEpsilon: Float, spelling: CLIPSpelling
  ) {
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.activation = activation
    self.layerNormEpsilon = layerNormEpsilon
    self.spelling = spelling
  }
}
