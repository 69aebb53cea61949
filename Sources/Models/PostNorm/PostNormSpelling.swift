import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// How a checkpoint calls the parts of a layer of BERT's kind, which are the same in all.
struct PostNormSpelling: Sendable {
  /// The module that a trace shows the attention's weights of.
  let attention: String
  let query: String
  let key: String
  let value: String
  let output: String
  let attentionNorm: String
  let up: String
  /// Behind the feed-forward's activation.
  let activation: String
  let down: String
  let norm: String
  /// Below the layer.
  let stages: PostNormLayer.Stages

  static let bert = named(attended: ["attention.output"])
  /// Where the attention's module hands on a tensor alone.
  static let blip = named(attended: ["attention.output", "attention"])

  private static func named(attended: [String]) -> PostNormSpelling {
    PostNormSpelling(
      attention: "attention", query: "attention.self.query", key: "attention.self.key",
      value: "attention.self.value", output: "attention.output.dense",
      attentionNorm: "attention.output.LayerNorm", up: "intermediate.dense",
      activation: "intermediate", down: "output.dense", norm: "output.LayerNorm",
      stages: .init(context: ["attention.self"], attended: attended, end: ["output"]))
  }

  static let distilBERT = PostNormSpelling(
    attention: "attention", query: "attention.q_lin", key: "attention.k_lin",
    value: "attention.v_lin", output: "attention.out_lin", attentionNorm: "sa_layer_norm",
    up: "ffn.lin1", activation: "ffn.activation", down: "ffn.lin2", norm: "output_layer_norm",
    stages: .init(
      projected: ["attention"], attended: ["sa_layer_norm"], fed: ["ffn"],
      end: ["output_layer_norm"]))

  static let albert = PostNormSpelling(
    attention: "attention", query: "attention.query", key: "attention.key",
    value: "attention.value", output: "attention.dense", attentionNorm: "attention.LayerNorm",
    up: "ffn", activation: "activation", down: "ffn_output", norm: "full_layer_layer_norm",
    stages: .init(
      attended: ["attention.LayerNorm", "attention"], end: ["full_layer_layer_norm"]))

  static let mpnet = PostNormSpelling(
    attention: "attention.attn", query: "attention.attn.q", key: "attention.attn.k",
    value: "attention.attn.v", output: "attention.attn.o", attentionNorm: "attention.LayerNorm",
    up: "intermediate.dense", activation: "intermediate", down: "output.dense",
    norm: "output.LayerNorm",
    stages: .init(
      projected: ["attention.attn"], attended: ["attention.LayerNorm", "attention"],
      end: ["output"]))

  /// The linear layers, as `ModelFamily.quantizedLayers` lists them.
  var linearLayers: [String] { [query, key, value, output, up, down] }
}

extension PostNormLayer {
  /// - Parameters:
  ///   - bias: what is added to scores by distance.
  ///   - sight: the keys that a query sees.
  init(
    _ weights: Weights, _ config: BERTConfig, _ spelling: PostNormSpelling,
    bias: DistanceBias? = nil, sight: AttentionSight = .all
  ) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    self.init(
      path: weights.path,
      selfAttention: try SelfAttention(weights, config, spelling, bias: bias, sight: sight),
      output: try Linear(weights[spelling.output], inputs: width, outputs: width),
      attentionNorm: try LayerNorm(
        weights[spelling.attentionNorm], width: width, epsilon: config.layerNormEpsilon),
      feedForward: FeedForward(
        up: try Linear(weights[spelling.up], inputs: width, outputs: hidden),
        down: try Linear(weights[spelling.down], inputs: hidden, outputs: width),
        activation: config.activation, activatedName: weights[spelling.activation].path),
      norm: try LayerNorm(
        weights[spelling.norm], width: width, epsilon: config.layerNormEpsilon),
      stages: spelling.stages.below(weights))
  }
}

extension SelfAttention {
  init(
    _ weights: Weights, _ config: BERTConfig, _ spelling: PostNormSpelling,
    bias: DistanceBias? = nil, sight: AttentionSight = .all
  ) throws {
    func projection(_ name: String) throws -> Linear {
      try Linear(weights[name], inputs: config.hiddenSize, outputs: config.hiddenSize)
    }
    self.init(
      path: weights[spelling.attention].path, query: try projection(spelling.query),
      key: try projection(spelling.key), value: try projection(spelling.value),
      heads: config.headCount, sight: sight, bias: bias, precision: weights.precision)
  }
}

extension PostNormLayer.Stages {
  /// With a layer's path before the names.
  func below(_ layer: Weights) -> Self {
    func full(_ names: [String]) -> [String] { names.map { layer[$0].path } }
    return Self(
      context: full(context), projected: full(projected), attended: full(attended),
      fed: full(fed), end: full(end))
  }
}
