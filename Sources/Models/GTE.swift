import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// What inference reads of GTE's `config.json`: that of its own code (`new`), or transformers' (`gte`).
struct GTEConfig: Sendable {
  let vocabularySize: Int
  let hiddenSize: Int
  let layerCount: Int
  let headCount: Int
  let intermediateSize: Int
  let activation: Activation
  let layerNormEpsilon: Float
  let positionCount: Int
  /// 0 where there are none.
  let tokenTypeCount: Int
  let frequencies: RotaryFrequencies

  /// What is missing is the default of NewConfig in its own code, or of transformers' GteConfig.
  ///
  /// - Throws: `FieldError`.
  init(_ config: Config) throws {
    let isOwnCode = try config.string("model_type") == "new"
    vocabularySize = try config.size("vocab_size", default: isOwnCode ? 30528 : 250048)
    hiddenSize = try config.size("hidden_size", default: 768)
    layerCount = try config.layerCount(default: 12)
    headCount = try config.size("num_attention_heads", default: 12)
    intermediateSize = try config.size("intermediate_size", default: 3072)
    activation = try config.activation(default: .gelu)
    layerNormEpsilon = try config.epsilon(default: 1e-12)
    positionCount = try config.size("max_position_embeddings", default: isOwnCode ? 2048 : 8192)
    tokenTypeCount = try config.int("type_vocab_size", in: 0...1 << 16, default: 1)
    try config.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
    try config.requireIfPresent("layer_norm_type", is: "layer_norm")
    try config.requireIfPresent("position_embedding_type", is: "rope")
    for key in ["logn_attention_scale", "logn_attention_clip1"] {
      if let field = try config.optional(key), try field.bool() { throw field.wrongType("false") }
    }
    if let packed = try config.optional("pack_qkv"), try !packed.bool() {
      throw packed.wrongType("true")
    }
    frequencies = try config.gteFrequencies(headWidth: hiddenSize / headCount)
  }
}

extension Config {
  fileprivate func gteFrequencies(headWidth: Int) throws -> RotaryFrequencies {
    try requirePairs(of: headWidth, "num_attention_heads")
    if try string("model_type") == "gte" {
      return RotaryFrequencies(base: try rotaryBase(default: 160_000), headWidth: headWidth)
    }
    let base = try rotaryBase("rope_theta")
    guard let scaling = try optionalObject("rope_scaling") else {
      return RotaryFrequencies(base: base, headWidth: headWidth)
    }
    let type = try scaling.required("type")
    guard try type.string() == "ntk" else { throw type.wrongType("\"ntk\"") }
    if let mixed = try scaling.optional("mixed_b") { throw mixed.wrongType("null") }
    let factor = try scaling.required("factor")
    guard try factor.number() >= 1 else { throw factor.wrongType("1 or more") }
    return RotaryFrequencies(
      ntkBase: base, factor: Float(try factor.number()), headWidth: headWidth)
  }
}

extension PostNormLayer {
  /// GTE's, by its names.
  fileprivate init(_ weights: Weights, _ config: GTEConfig, _ rotary: RotaryEmbedding) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let (own, mlp) = (weights["attention"], weights["mlp"])
    func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(weights[name], width: width, epsilon: config.layerNormEpsilon)
    }
    self.init(
      path: weights.path,
      selfAttention: try SelfAttention(
        path: own.path, packed: own["qkv_proj"], inputs: width, hasBias: true,
        heads: config.headCount, rotary: rotary),
      output: try Linear(own["o_proj"], inputs: width, outputs: width),
      attentionNorm: try norm("attn_ln"),
      // The second half is the gate.
      feedForward: try GatedFeedForward(
        path: mlp.path, both: mlp["up_gate_proj"], inputs: width, hidden: hidden,
        gateIsFirst: false, hasBias: false,
        down: try Linear(mlp["down_proj"], inputs: hidden, outputs: width),
        activation: config.activation, activatedName: "act_fn"),
      norm: try norm("mlp_ln"),
      stages: Stages(projected: ["attention"], attended: ["attn_ln"], end: ["mlp_ln"])
        .below(weights))
  }
}

/// GTE as a sentence encoder: gte-base-en-v1.5, gte-multilingual-base, snowflake-arctic-embed-m-v2.0.
///
/// Zhang et al., "mGTE".
struct GTEFamily: SentenceEncoderFamily {
  static let modelTypes = ["new", "gte"]
  static let prefix = "new"
  /// Of models with a head that transformers' own class writes.
  private static let ownPrefix = "gte"
  static let stages = StageNames(attention: "*encoder.layer.#.attention.probs")
  static let unusedTensors = [
    "lm_head.*", "*pooler.*", "classifier.*", "*rotary_emb.inv_freq", "*embeddings.position_ids",
  ]
  static let quantizedLayers = [
    "attention.qkv_proj", "attention.o_proj", "mlp.up_gate_proj", "mlp.down_proj",
  ].map { "encoder.layer.*.\($0)" }

  let config: GTEConfig
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    config = try GTEConfig(folder.config)
    head = try folder.head()
  }

  var format: any InputFormat {
    TextFormat(
      vocabularySize: config.vocabularySize, maximumTokens: config.positionCount,
      tokenTypeCount: config.tokenTypeCount)
  }

  func tower(_ weights: Weights) throws -> PostNormTower {
    let weights = weights.below(Self.ownPrefix)
    let tables = weights["embeddings"]
    let rotary = RotaryEmbedding(config.frequencies)
    return PostNormTower(
      try TypedWordEmbeddings(
        tables, norm: tables["LayerNorm"], vocabularySize: config.vocabularySize,
        tokenTypeCount: config.tokenTypeCount, width: config.hiddenSize,
        epsilon: config.layerNormEpsilon),
      try (0..<config.layerCount).map {
        try PostNormLayer(weights["encoder"]["layer"][$0], config, rotary)
      }, width: config.hiddenSize)
  }
}

/// gte-multilingual-reranker-base.
extension GTEFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    let encoder = weights.below(Self.prefix).below(Self.ownPrefix)
    return Classifier(
      try tower(encoder),
      try ClassificationHead(
        pooler: encoder["pooler"], output: weights["classifier"],
        width: config.hiddenSize, labels: labels))
  }
}
