import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// EmbeddingGemma: Gemma 3's text model, both directions, most layers of which see only what is near.
///
/// Vera et al., "EmbeddingGemma"; transformers' `Gemma3TextModel`.
struct GemmaFamily: SentenceEncoderFamily {
  static let modelTypes = ["gemma3_text"]

  let config: DecoderConfig
  let head: SentenceHead
  private let traits: DecoderTraits
  /// Of the layers that see far, and of those that see what is near.
  private let far: Layer
  private let near: Layer
  /// Of each layer.
  private let seesFar: [Bool]

  private struct Layer {
    let sight: AttentionSight
    let rotaryBase: Float
  }

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    config = try DecoderConfig(file, activationKey: "hidden_activation", .gemma3)
    try file.requirePlainDecoder()
    let hasBias = try file.attentionBias()
    let scalar = try file.defaulted("query_pre_attn_scalar")
    let scale = try scalar?.number() ?? 256
    guard scale > 0 else { throw (scalar ?? file.field).wrongType("more than 0") }
    traits = DecoderTraits(
      hasProjectionBias: hasBias, hasOutputBias: hasBias, hasHeadNorms: true, isGemma: true,
      scale: Float(1 / scale.squareRoot()))
    let isBidirectional = try file.optional("use_bidirectional_attention")?.bool() ?? false
    let bases = try file.gemmaBases()
    let window = try file.int("sliding_window", in: 1...1 << 28, default: 4096)
    far = Layer(sight: isBidirectional ? .all : .causal, rotaryBase: bases.far)
    // Where both directions are seen, the file's window has both in it.
    near = Layer(
      sight: isBidirectional
        ? .window(window / 2) : AttentionSight(before: window - 1, after: 0),
      rotaryBase: bases.near)
    seesFar = try file.gemmaLayerKinds(count: config.layerCount).map { $0 == .full }
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> Decoder {
    let layers = [near, far].map { layer in
      (
        sight: layer.sight,
        rotary: RotaryEmbedding(
          RotaryFrequencies(base: layer.rotaryBase, headWidth: config.headWidth))
      )
    }
    return try Decoder(
      weights, config, isGemma: true, wordScale: Float(config.hiddenSize).squareRoot()
    ) { weights, index in
      let layer = layers[seesFar[index] ? 1 : 0]
      return try DecoderLayer(weights, config, traits, sight: layer.sight, rotary: layer.rotary)
    }
  }
}

private enum GemmaLayerKind: String, CaseIterable {
  case full = "full_attention"
  case sliding = "sliding_attention"
}

extension Config {
  /// Every layer's kind, or how many layers there are to one that sees far.
  fileprivate func gemmaLayerKinds(count: Int) throws -> [GemmaLayerKind] {
    if let kinds = try optional("layer_types") {
      let kinds = try kinds.elements().map { try $0.choice() as GemmaLayerKind }
      guard kinds.count == count else {
        throw try required("layer_types").place.inconsistent(
          "\(kinds.count) kinds for \(count) layers")
      }
      return kinds
    }
    let period = try int("sliding_window_pattern", in: 1...1 << 20, default: 6)
    return (1...count).map { $0.isMultiple(of: period) ? .full : .sliding }
  }

  /// The bases of both kinds, in either spelling.
  fileprivate func gemmaBases() throws -> (far: Float, near: Float) {
    try optionalObject("rope_scaling")?.requirePlainRotation()
    let parameters = try optionalObject("rope_parameters")
    return (
      far: try plainRotaryBase(
        "rope_theta", or: parameters, "full_attention", default: 1_000_000),
      near: try plainRotaryBase(
        "rope_local_base_freq", or: parameters, "sliding_attention", default: 10000)
    )
  }
}

extension DecoderConfig.Defaults {
  /// Gemma3TextConfig's.
  static let gemma3 = Self(
    vocabulary: 262208, hidden: 2304, intermediate: 9216, layers: 26, heads: 8, keyHeads: 4,
    headWidth: 256, positions: 131072, activation: .tanhGELU)
}
