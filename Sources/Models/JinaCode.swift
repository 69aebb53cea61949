import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// A layer of Jina's BERT for code: queries and keys pass norms, and what the layer reads is added to
/// the attention twice, before a norm each time.
///
/// a = norm(attention x + x), y = norm₁(a + x), then norm₂(y + feed-forward y), as
/// text-embeddings-inference's `jina_code.rs` has it.
private struct JinaCodeLayer: EncoderLayer {
  private let path: String
  private let attention: SelfAttention
  private let output: Linear
  private let attentionNorm: LayerNorm
  /// The modules that only hand on what the attention's norm gave.
  private let attentionPaths: [String]
  private let attendedNorm: LayerNorm
  private let feedForward: GatedFeedForward
  private let norm: LayerNorm

  init(_ weights: Weights, _ config: BERTConfig, _ bias: DistanceBias) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let (attention, mlp) = (weights["attention"], weights["mlp"])
    let own = attention["self"]
    func projection(_ weights: Weights) throws -> Linear {
      try Linear(weights, inputs: width, outputs: width)
    }
    func norm(_ weights: Weights) throws -> LayerNorm {
      try LayerNorm(weights, width: width, epsilon: config.layerNormEpsilon)
    }
    path = weights.path
    self.attention = SelfAttention(
      path: attention.path, query: try projection(own["query"]), key: try projection(own["key"]),
      value: try projection(own["value"]), heads: config.headCount, bias: bias,
      wideNorms: (try norm(own["layer_norm_q"]), try norm(own["layer_norm_k"])),
      precision: weights.precision)
    output = try projection(attention["output"]["dense"])
    attentionNorm = try norm(attention["output"]["LayerNorm"])
    attentionPaths = [attention["output"].path, attention.path]
    attendedNorm = try norm(weights["layer_norm_1"])
    feedForward = try GatedFeedForward(
      path: mlp.path, both: mlp["up_gated_layer"], inputs: width, hidden: hidden,
      gateIsFirst: false, hasBias: false,
      down: try Linear(mlp["down_layer"], inputs: hidden, outputs: width),
      activation: config.activation, activatedName: "act")
    self.norm = try norm(weights["layer_norm_2"])
  }

  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    trace.pass(
      "\(attention.path).self", attention(x, in: sequences, keeping: rows, trace: trace))
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let projected = output(context, trace: trace, as: [output.path])
    let attended = ([attentionNorm.path] + attentionPaths).reduce(
      attentionNorm(projected, adding: x)
    ) { trace.pass($1, $0) }
    let y = trace.pass(attendedNorm.path, attendedNorm(attended, adding: x))
    let fed = feedForward(y, adding: nil, trace: trace)
    return [norm.path, path].reduce(norm(fed, adding: y)) { trace.pass($1, $0) }
  }
}

/// Embeddings and such layers: the ids of texts become the last layer's vectors.
struct JinaCodeTower: TextTower {
  private let embeddings: TypedWordEmbeddings
  private let layers: [JinaCodeLayer]
  let width: Int

  init(_ weights: Weights, _ config: BERTConfig) throws {
    let tables = weights["embeddings"]
    let bias = DistanceSlopes(heads: config.headCount).bias(reach: config.positions.count)
    width = config.hiddenSize
    embeddings = try TypedWordEmbeddings(tables, norm: tables["LayerNorm"], config)
    layers = try (0..<config.layerCount).map {
      try JinaCodeLayer(weights["encoder"]["layer"][$0], config, bias)
    }
  }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor { embeddings(inputs, trace: trace) }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace)
  }
}

/// jina-embeddings-v2-base-code: Jina's BERT with norms of queries and keys.
///
/// Günther et al., "Jina Embeddings 2". It says that it is a BERT, and names the code of its own.
struct JinaCodeFamily: SentenceEncoderFamily {
  static let modelTypes = BERTFamily.modelTypes
  static let prefix = "bert"
  static let stages = BERTFamily.stages
  static let unusedTensors = BERTFamily.headTensors(under: prefix)
  static let quantizedLayers = [
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "mlp.up_gated_layer", "mlp.down_layer",
  ].map { "encoder.layer.*.\($0)" }
  /// Other code makes another model of tensors of these names.
  private static let code = "jina-bert-v2-qk-post-norm"

  let config: BERTConfig
  let head: SentenceHead

  static func accepts(_ folder: ModelFiles) throws -> Bool {
    guard try JinaBERTFamily.accepts(folder), case .success(let checkpoint) = folder.checkpoint
    else { return false }
    return checkpoint.names.contains { $0.hasSuffix(".attention.self.layer_norm_q.weight") }
  }

  init(_ folder: ModelFiles) throws {
    let keys = folder.config
    let named =
      try keys.optionalObject("auto_map")?.optional("AutoModel") ?? keys.optional("_name_or_path")
    guard try named?.string().contains(Self.code) == true else {
      throw (named?.place ?? keys.field.place.key("auto_map")).wrongType(
        expected: "code of \(Self.code), whose norms of queries and keys are known",
        found: try named.map { "\"\(try $0.string())\"" } ?? "none")
    }
    try keys.requireIfPresent("hidden_act", is: "gelu")
    config = try BERTConfig(ofJina: keys)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> JinaCodeTower { try JinaCodeTower(weights, config) }
}
