import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Jina's BERT in the layout of flash-attn's: the layers of `JinaBERT`, queries, keys and values in one
/// matrix.
struct JinaFlashBERT: TextTower {
  private let words: EmbeddingTable
  private let tokenTypes: EmbeddingTable
  private let norm: LayerNorm
  private let layers: [JinaFlashLayer]
  let width: Int

  init(_ weights: Weights, _ config: BERTConfig) throws {
    let embeddings = weights["embeddings"]
    width = config.hiddenSize
    words = try EmbeddingTable(
      embeddings["word_embeddings"], count: config.vocabularySize, width: width)
    tokenTypes = try EmbeddingTable(
      embeddings["token_type_embeddings"], count: config.tokenTypeCount, width: width)
    norm = try LayerNorm(weights["emb_ln"], width: width, epsilon: config.layerNormEpsilon)
    let bias = DistanceSlopes(heads: config.headCount).bias(reach: config.positions.count)
    layers = try (0..<config.layerCount).map {
      try JinaFlashLayer(weights["encoder"]["layers"][$0], config, bias)
    }
  }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    let words = words(inputs.flatMap(\.ids))
    return trace.pass(norm.path, norm(words.adding(row: tokenTypes([0]).row(0))))
  }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace)
  }
}

/// BERT's order of norms around attention with slopes and a gated feed-forward.
struct JinaFlashLayer: EncoderLayer {
  private let path: String
  private let attention: SelfAttention
  private let output: Linear
  private let attentionNorm: LayerNorm
  private let feedForward: GatedFeedForward
  private let norm: LayerNorm

  /// As `ModelFamily.quantizedLayers` lists them.
  static let linearLayers = ["mixer.Wqkv", "mixer.out_proj", "mlp.gated_layers", "mlp.wo"]

  init(_ weights: Weights, _ config: BERTConfig, _ bias: DistanceBias) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let (mixer, mlp) = (weights["mixer"], weights["mlp"])
    func norm(_ name: String) throws -> LayerNorm {
      try LayerNorm(weights[name], width: width, epsilon: config.layerNormEpsilon)
    }
    path = weights.path
    attention = try SelfAttention(
      path: mixer.path, packed: mixer["Wqkv"], inputs: width, hasBias: true,
      heads: config.headCount, bias: bias)
    output = try Linear(mixer["out_proj"], inputs: width, outputs: width)
    attentionNorm = try norm("norm1")
    feedForward = try GatedFeedForward(
      path: mlp.path, both: mlp["gated_layers"], inputs: width, hidden: hidden, gateIsFirst: true,
      hasBias: false, down: try Linear(mlp["wo"], inputs: hidden, outputs: width),
      activation: config.activation)
    self.norm = try norm("norm2")
  }

  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    attention(x, in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let projected = output(context, trace: trace, as: [output.path, attention.path])
    let attended = trace.pass(attentionNorm.path, attentionNorm(projected, adding: x))
    let fed = feedForward(attended, trace: trace)
    return trace.pass(path, trace.pass(norm.path, norm(fed, adding: attended)))
  }
}
