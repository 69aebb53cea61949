import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// A layer of BERT's kind under names of its own; several places of the stack may share one.
struct ALBERTLayer: EncoderLayer {
  private let path: String
  private let attentionPath: String
  private let selfAttention: SelfAttention
  private let output: Linear
  private let attentionNorm: LayerNorm
  private let feedForward: FeedForward
  private let norm: LayerNorm

  init(_ weights: Weights, _ config: BERTConfig) throws {
    let (width, hidden) = (config.hiddenSize, config.intermediateSize)
    let attention = weights["attention"]
    func projection(_ name: String) throws -> Linear {
      try Linear(attention[name], inputs: width, outputs: width)
    }
    path = weights.path
    attentionPath = attention.path
    selfAttention = SelfAttention(
      path: attention.path, query: try projection("query"), key: try projection("key"),
      value: try projection("value"), heads: config.headCount, precision: weights.precision)
    output = try projection("dense")
    attentionNorm = try LayerNorm(
      attention["LayerNorm"], width: width, epsilon: config.layerNormEpsilon)
    feedForward = FeedForward(
      up: try Linear(weights["ffn"], inputs: width, outputs: hidden),
      down: try Linear(weights["ffn_output"], inputs: hidden, outputs: width),
      activation: config.activation, activatedName: weights["activation"].path)
    norm = try LayerNorm(
      weights["full_layer_layer_norm"], width: width, epsilon: config.layerNormEpsilon)
  }

  var isResident: Bool { output.isResident && feedForward.isResident }

  func meet(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) -> Tensor {
    selfAttention(x, in: sequences, keeping: rows, trace: trace)
  }

  func finish(_ x: Tensor, _ context: Tensor, trace: Trace?) -> Tensor {
    let projected = output(context, trace: trace, as: [output.path])
    let attended = trace.pass(
      attentionPath, trace.pass(attentionNorm.path, attentionNorm(projected, adding: x)))
    let fed = feedForward(attended, trace: trace)
    return trace.pass(path, trace.pass(norm.path, norm(fed, adding: attended)))
  }
}

/// ALBERT's stack, which passes the same layers many times.
struct ALBERTTower: TextTower {
  private let config: BERTConfig
  private let embeddings: BERTEmbeddings
  private let projection: Linear
  /// In the order in which they are passed.
  private let layers: [ALBERTLayer]
  private let encoderPath: String

  init(_ weights: Weights, _ config: BERTConfig, _ sharing: ALBERTSharing) throws {
    self.config = config
    embeddings = try BERTEmbeddings(
      weights["embeddings"], config.with(hiddenSize: sharing.embeddingSize))
    let encoder = weights["encoder"]
    encoderPath = encoder.path
    projection = try Linear(
      encoder["embedding_hidden_mapping_in"], inputs: sharing.embeddingSize,
      outputs: config.hiddenSize, precision: .float32)
    let groups = try (0..<sharing.groupCount).map { group in
      try (0..<sharing.layersInGroup).map {
        try ALBERTLayer(encoder["albert_layer_groups"][group]["albert_layers"][$0], config)
      }
    }
    layers = (0..<config.layerCount).flatMap { groups[$0 * groups.count / config.layerCount] }
  }

  var width: Int { config.hiddenSize }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    let x = embeddings(
      ids: inputs.flatMap(\.ids), types: inputs.typeIDs,
      positions: inputs.flatMap { config.positions(of: $0.ids) }, trace: trace)
    return trace.pass(projection.path, projection(x))
  }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace) { trace.pass(encoderPath, $0) }
  }
}

/// How many layers there are, and how often each is passed.
struct ALBERTSharing {
  let embeddingSize: Int
  let groupCount: Int
  let layersInGroup: Int

  init(_ config: Config) throws {
    embeddingSize = try config.size("embedding_size")
    groupCount = try config.layerCount("num_hidden_groups")
    layersInGroup = try config.layerCount("inner_group_num")
  }
}

/// ALBERT as a sentence encoder: paraphrase-albert.
///
/// Lan et al., "ALBERT".
struct ALBERTFamily: SentenceEncoderFamily {
  static let modelTypes = ["albert"]
  static let prefix = "albert"
  static let stages = StageNames(
    attention: "encoder.albert_layer_groups.#.albert_layers.0.attention.probs")
  static let unusedTensors =
    BERTFamily.headTensors(under: prefix) + ["predictions.*", "sop_classifier.*"]
  static let quantizedLayers = [
    "attention.query", "attention.key", "attention.value", "attention.dense", "ffn", "ffn_output",
  ].map { "encoder.albert_layer_groups.*.albert_layers.*.\($0)" }

  let config: BERTConfig
  let sharing: ALBERTSharing
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(folder.config, countingFrom: .zero)
    sharing = try ALBERTSharing(folder.config)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> ALBERTTower {
    try ALBERTTower(weights, config, sharing)
  }
}

extension ALBERTFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        dense: weights[Self.prefix]["pooler"], .tanh,
        activatedNames: [weights[Self.prefix]["pooler_activation"].path],
        output: weights["classifier"], width: config.hiddenSize, labels: labels))
  }
}
