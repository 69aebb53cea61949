import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// Half of BERT's layers, without token types, under names of its own.
///
/// Sanh et al., "DistilBERT, a distilled version of BERT".
struct DistilBERTLayer: PostNormLayer {
  let path: String
  let selfAttention: SelfAttention
  let output: Linear
  let attentionNorm: LayerNorm
  let feedForward: FeedForward
  let norm: LayerNorm
  private let feedForwardPath: String

  init(_ weights: Weights, _ config: BERTConfig) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let (attention, feedForward) = (weights["attention"], weights["ffn"])
    func projection(_ name: String) throws -> Linear {
      try Linear(attention[name], inputs: width, outputs: width)
    }
    path = weights.path
    selfAttention = SelfAttention(
      path: attention.path, query: try projection("q_lin"), key: try projection("k_lin"),
      value: try projection("v_lin"), heads: config.headCount, precision: weights.precision)
    output = try projection("out_lin")
    attentionNorm = try LayerNorm(
      weights["sa_layer_norm"], width: width, epsilon: config.layerNormEpsilon)
    self.feedForward = FeedForward(
      up: try Linear(feedForward["lin1"], inputs: width, outputs: hidden),
      down: try Linear(feedForward["lin2"], inputs: hidden, outputs: width),
      activation: config.activation, activatedName: feedForward["activation"].path)
    feedForwardPath = feedForward.path
    norm = try LayerNorm(
      weights["output_layer_norm"], width: width, epsilon: config.layerNormEpsilon)
  }

  var attendedPath: String { attentionNorm.path }

  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    selfAttention(x, in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    // The module of the attention gives what its last projection gives.
    let projected = trace.pass(selfAttention.path, trace.pass(output.path, output(context)))
    let attended = trace.pass(attentionNorm.path, attentionNorm(projected, adding: x))
    let fed = trace.pass(feedForwardPath, feedForward(attended, trace: trace))
    return trace.pass(path, trace.pass(norm.path, norm(fed, adding: attended)))
  }
}

/// DistilBERT as a sentence encoder: multi-qa-distilbert, msmarco-distilbert, distiluse's transformer.
struct DistilBERTFamily: SentenceEncoderFamily {
  static let modelTypes = ["distilbert"]
  static let prefix = "distilbert"
  static let stages = StageNames(attention: "transformer.layer.#.attention.probs")
  static let unusedTensors = [
    "vocab_transform.*", "vocab_layer_norm.*", "vocab_projector.*", "*embeddings.position_ids",
  ]
  static let quantizedLayers = [
    "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "ffn.lin1",
    "ffn.lin2",
  ].map { "transformer.layer.*.\($0)" }

  let config: BERTConfig
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    let keys = folder.config
    config = BERTConfig(
      vocabularySize: try keys.size("vocab_size"), hiddenSize: try keys.size("dim"),
      layerCount: try keys.layerCount("n_layers"), headCount: try keys.size("n_heads"),
      intermediateSize: try keys.size("hidden_dim"), activation: try keys.activation("activation"),
      // No key says it: it stands in the reference's code.
      layerNormEpsilon: 1e-12,
      positions: PositionTable(count: try keys.size("max_position_embeddings"), start: .zero),
      tokenTypeCount: 0)
    try keys.requireDivisible("dim", config.hiddenSize, by: "n_heads", config.headCount)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> PostNormTower<DistilBERTLayer> {
    let layers = weights["transformer"]["layer"]
    return try PostNormTower(weights, config) {
      try (0..<config.layerCount).map { try DistilBERTLayer(layers[$0], config) }
    }
  }
}

extension DistilBERTFamily {
  func languageHead(_ weights: Weights) throws -> LanguageHead {
    try LanguageHead(
      dense: weights["vocab_transform"], norm: weights["vocab_layer_norm"],
      output: weights["vocab_projector"],
      words: weights.below(Self.prefix)["embeddings"]["word_embeddings"], config)
  }
}

extension DistilBERTFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        dense: weights["pre_classifier"], .relu, output: weights["classifier"],
        width: config.hiddenSize, labels: labels))
  }
}
