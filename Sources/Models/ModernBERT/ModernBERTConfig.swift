import TesseraJSON
import TesseraLayers
import TesseraTensors

/// What inference reads of ModernBERT's `config.json`, in transformers' older and newer spelling.
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
    vocabularySize = try config.size("vocab_size")
    hiddenSize = try config.size("hidden_size")
    layerCount = try config.layerCount()
    headCount = try config.size("num_attention_heads")
    intermediateSize = try config.size("intermediate_size")
    activation = try config.activation("hidden_activation")
    normEpsilon = try config.epsilon("norm_eps")
    hasNormBias = try config.required("norm_bias").bool()
    hasAttentionBias = try config.required("attention_bias").bool()
    hasFeedForwardBias = try config.required("mlp_bias").bool()
    positionCount = try config.size("max_position_embeddings")
    reach = try config.size("local_attention") / 2
    try config.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
    try config.requirePairs(of: hiddenSize / headCount, "num_attention_heads")
    isGlobal = try config.globalLayers(layerCount)
    if let rotation = try config.optionalObject("rope_parameters") {
      globalBase =
        try rotation.optionalObject("full_attention")?.plainRotaryBase() ?? Self.globalBase
      localBase =
        try rotation.optionalObject("sliding_attention")?.plainRotaryBase() ?? Self.localBase
    } else {
      if let scaling = try config.optional("rope_scaling") { throw scaling.wrongType("null") }
      globalBase = try config.rotaryBase("global_rope_theta", default: Self.globalBase)
      // Null stands for the other layers' base, which is not what stands for nothing.
      let isNamed = try config.field.members().contains { $0.key == "local_rope_theta" }
      localBase = try config.rotaryBase(
        "local_rope_theta", default: isNamed ? globalBase : Self.localBase)
    }
  }

  /// Where the file says none, as in transformers.
  private static let globalBase: Float = 160_000
  private static let localBase: Float = 10_000

  var headWidth: Int { hiddenSize / headCount }
}

extension Config {
  /// `layer_types`, or every so many layers.
  fileprivate func globalLayers(_ count: Int) throws -> [Bool] {
    guard let types = try optional("layer_types") else {
      let period = try layerCount("global_attn_every_n_layers")
      return (0..<count).map { $0.isMultiple(of: period) }
    }
    // Stands beside it in what transformers 5 writes, and says the same.
    _ = try optional("global_attn_every_n_layers")
    let kinds = try types.elements()
    guard kinds.count == count else { throw types.wrongType("\(count) kinds of layers") }
    return try kinds.map { kind in
      switch try kind.string() {
      case "full_attention": true
      case "sliding_attention": false
      default: throw kind.wrongType("full_attention or sliding_attention")
      }
    }
  }
}
