import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// What inference reads of NomicBERT's `config.json`: GPT-2's keys, as the model's own code has them,
/// or transformers' own.
struct NomicBERTConfig: Sendable {
  let vocabularySize: Int
  let hiddenSize: Int
  let layerCount: Int
  let headCount: Int
  let intermediateSize: Int
  let layerNormEpsilon: Float
  let positionCount: Int
  let tokenTypeCount: Int
  let rotaryBase: Float

  /// What is missing is the default of transformers' NomicBertConfig; the model's own code has others,
  /// of which some are of models that are not done, and its files leave out none.
  ///
  /// - Throws: `FieldError`.
  init(_ config: Config) throws {
    let isOriginal = try config.optional("n_embd") != nil
    func key(_ original: String, _ own: String) -> String { isOriginal ? original : own }
    func own<Value>(_ value: Value) -> Value? { isOriginal ? nil : value }
    vocabularySize = try config.size("vocab_size", default: own(30528))
    hiddenSize = try config.size(key("n_embd", "hidden_size"), default: own(768))
    layerCount = try config.layerCount(key("n_layer", "num_hidden_layers"), default: own(12))
    let heads = key("n_head", "num_attention_heads")
    headCount = try config.size(heads, default: own(12))
    layerNormEpsilon = try config.epsilon(
      key("layer_norm_epsilon", "layer_norm_eps"), default: own(1e-12))
    positionCount = try config.size(
      key("n_positions", "max_position_embeddings"), default: own(2048))
    tokenTypeCount = try config.size("type_vocab_size", default: own(2))
    // Where the model's own code is given no width, or null, it takes four times the vectors'.
    intermediateSize =
      if isOriginal {
        try config.optional("n_inner") == nil ? 4 * hiddenSize : config.size("n_inner")
      } else {
        try config.size("intermediate_size", default: 3072)
      }
    rotaryBase =
      isOriginal
      ? try config.rotaryBase("rotary_emb_base") : try config.rotaryBase(default: 1000)
    try config.requireDivisible(key("n_embd", "hidden_size"), hiddenSize, by: heads, headCount)
    try config.requirePairs(of: hiddenSize / headCount, heads)
    if isOriginal {
      try config.requireKnownVariant()
    } else {
      try config.requireIfPresent("hidden_act", is: "silu")
      if let width = try config.optional("head_dim"), try width.number() != Double(headWidth) {
        throw width.wrongType("\(headWidth): hidden_size over num_attention_heads")
      }
    }
  }

  var headWidth: Int { hiddenSize / headCount }
}

extension Config {
  /// The model's own code has switches that no published text encoder turns.
  fileprivate func requireKnownVariant() throws {
    try requireIfPresent("activation_function", is: "swiglu")
    for key in [
      "prenorm", "qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias", "rotary_emb_interleaved",
      "use_rms_norm", "parallel_block", "causal",
    ] {
      if let field = try optional(key), try field.bool() { throw field.wrongType("false") }
    }
    for key in ["rotary_emb_scale_base", "rotary_scaling_factor"] {
      if let field = try optional(key) { throw field.wrongType("null") }
    }
    if let experts = try optional("num_experts"), try experts.number() != 0 {
      throw experts.wrongType("0")
    }
    // Where it is missing, that code turns nothing.
    let part = try required("rotary_emb_fraction")
    guard try part.number() == 1 else { throw part.wrongType("1") }
  }
}

extension PostNormLayer {
  /// NomicBERT's, by its names.
  fileprivate init(_ weights: Weights, _ config: NomicBERTConfig, _ rotary: RotaryEmbedding) throws
  {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let (attn, mlp) = (weights["attn"], weights["mlp"])
    func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(weights[name], width: width, epsilon: config.layerNormEpsilon)
    }
    func feed(_ name: String, _ inputs: Int, _ outputs: Int) throws -> Linear {
      try Linear(mlp[name], inputs: inputs, outputs: outputs, hasBias: false)
    }
    self.init(
      path: weights.path,
      selfAttention: try SelfAttention(
        path: attn.path, packed: attn["Wqkv"], inputs: width, hasBias: false,
        heads: config.headCount, rotary: rotary),
      output: try Linear(attn["out_proj"], inputs: width, outputs: width, hasBias: false),
      attentionNorm: try norm("norm1"),
      feedForward: GatedFeedForward(
        path: mlp.path, gate: try feed("fc12", width, hidden), up: try feed("fc11", width, hidden),
        down: try feed("fc2", hidden, width), activation: .silu),
      norm: try norm("norm2"),
      stages: Stages(projected: ["attn"], attended: ["norm1"], end: ["norm2"])
        .below(weights))
  }
}

/// NomicBERT as a sentence encoder: nomic-embed-text-v1 and v1.5, snowflake-arctic-embed-m-long.
///
/// Nussbaum et al., "Nomic Embed".
struct NomicBERTFamily: SentenceEncoderFamily {
  static let modelTypes = ["nomic_bert"]
  static let prefix = "bert"
  static let stages = StageNames(attention: "*encoder.layers.#.attn.probs")
  static let unusedTensors = ["cls.*", "*pooler.*", "*rotary_emb.inv_freq"]
  static let quantizedLayers = ["attn.Wqkv", "attn.out_proj", "mlp.fc11", "mlp.fc12", "mlp.fc2"]
    .map { "encoder.layers.*.\($0)" }

  let config: NomicBERTConfig
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    config = try NomicBERTConfig(folder.config)
    head = try folder.head()
  }

  var format: any InputFormat {
    TextFormat(
      vocabularySize: config.vocabularySize, maximumTokens: config.positionCount,
      tokenTypeCount: config.tokenTypeCount)
  }

  func tower(_ weights: Weights) throws -> PostNormTower {
    let rotary = RotaryEmbedding(
      RotaryFrequencies(base: config.rotaryBase, headWidth: config.headWidth))
    return PostNormTower(
      try TypedWordEmbeddings(
        weights["embeddings"], norm: weights["emb_ln"], vocabularySize: config.vocabularySize,
        tokenTypeCount: config.tokenTypeCount, width: config.hiddenSize,
        epsilon: config.layerNormEpsilon),
      try (0..<config.layerCount).map {
        try PostNormLayer(weights["encoder"]["layers"][$0], config, rotary)
      }, width: config.hiddenSize)
  }
}
