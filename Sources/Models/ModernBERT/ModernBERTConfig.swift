import TesseraJSON
import TesseraLayers
import TesseraTensors

/// What inference reads of ModernBERT's `config.json`, in transformers' older and newer spelling;
/// what is missing is ModernBertConfig's default.
struct ModernBERTConfig: Sendable {
  let vocabularySize: Int
  let hiddenSize: Int
  let layerCount: Int
  let headCount: Int
  let intermediateSize: Int
  let activation: Activation
  let normEpsilon: Float
  let hasNormBias: Bool
  let hasAttentionBias: Bool
  let hasFeedForwardBias: Bool
  let positionCount: Int
  /// Whether each layer sees the whole text, rather than its neighbourhood.
  let isGlobal: [Bool]
  /// How far a query of the other layers sees, to either side.
  let reach: Int
  let globalBase: Float
  let localBase: Float

  /// - Throws: `FieldError`.
  init(_ config: Config) throws {
    vocabularySize = try config.size("vocab_size", default: 50368)
    hiddenSize = try config.size("hidden_size", default: 768)
    layerCount = try config.layerCount(default: 22)
    headCount = try config.size("num_attention_heads", default: 12)
    intermediateSize = try config.size("intermediate_size", default: 1152)
    activation = try config.activation("hidden_activation", default: .gelu)
    normEpsilon = try config.epsilon("norm_eps", default: 1e-5)
    hasNormBias = try config.bool("norm_bias", default: false)
    hasAttentionBias = try config.bool("attention_bias", default: false)
    hasFeedForwardBias = try config.bool("mlp_bias", default: false)
    positionCount = try config.size("max_position_embeddings", default: 8192)
    reach = try config.size("local_attention", default: 128) / 2
    try config.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
    try config.requirePairs(of: hiddenSize / headCount, "num_attention_heads")
    isGlobal = try config.globalLayers(layerCount)
    if let scaling = try config.optional("rope_scaling") { throw scaling.wrongType("null") }
    let rotation = try config.optionalObject("rope_parameters")
    globalBase = try config.plainRotaryBase(
      "global_rope_theta", or: rotation, "full_attention", default: 160_000)
    // Null stands for the other layers' base, which is not what stands for nothing.
    let isNamed = try config.field.members().contains { $0.key == "local_rope_theta" }
    localBase = try config.plainRotaryBase(
      "local_rope_theta", or: rotation, "sliding_attention",
      default: isNamed ? globalBase : 10_000)
  }

  var headWidth: Int { hiddenSize / headCount }
}

extension Config {
  /// `layer_types`, or every so many layers.
  fileprivate func globalLayers(_ count: Int) throws -> [Bool] {
    guard let types = try optional("layer_types") else {
      let period = try layerCount("global_attn_every_n_layers", default: 3)
      return (0..<count).map { $0.isMultiple(of: period) }
    }
    // Stands beside it in what transformers 5 writes, and says the same.
    _ = try optional("global_attn_every_n_layers")
    let kinds = try types.elements()
    guard kinds.count == count else {
      throw types.place.inconsistent("\(kinds.count) kinds for \(count) layers")
    }
    return try kinds.map { kind in
      switch try kind.string() {
      case "full_attention": true
      case "sliding_attention": false
      default: throw kind.wrongType("full_attention or sliding_attention")
      }
    }
  }
}
