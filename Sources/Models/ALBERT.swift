import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// ALBERT's stack, which passes the same layers many times.
struct ALBERTTower: TextTower {
  private let embeddings: PlacedTextEmbeddings
  /// In the order in which they are passed.
  private let layers: [PostNormLayer]
  private let encoderPath: String
  let width: Int

  init(_ weights: Weights, _ config: BERTConfig, _ sharing: ALBERTSharing) throws {
    let encoder = weights["encoder"]
    width = config.hiddenSize
    encoderPath = encoder.path
    embeddings = try PlacedTextEmbeddings(
      weights, config, width: sharing.embeddingSize,
      projection: encoder["embedding_hidden_mapping_in"])
    let groups = try (0..<sharing.groupCount).map { group in
      try (0..<sharing.layersInGroup).map {
        try PostNormLayer(
          encoder["albert_layer_groups"][group]["albert_layers"][$0], config, .albert)
      }
    }
    layers = (0..<config.layerCount).flatMap { groups[$0 * groups.count / config.layerCount] }
  }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor { embeddings(inputs, trace: trace) }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace) { trace.pass(encoderPath, $0) }
  }
}

/// How many layers there are, and how often each is passed; what is missing is AlbertConfig's default.
struct ALBERTSharing {
  let embeddingSize: Int
  let groupCount: Int
  let layersInGroup: Int

  init(_ config: Config) throws {
    embeddingSize = try config.size("embedding_size", default: 128)
    groupCount = try config.layerCount("num_hidden_groups", default: 1)
    layersInGroup = try config.layerCount("inner_group_num", default: 1)
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
  static let otherHeads = BERTFamily.otherHeads
  static let quantizedLayers = PostNormSpelling.albert.linearLayers.map {
    "encoder.albert_layer_groups.*.albert_layers.*.\($0)"
  }

  /// AlbertConfig's.
  private static let defaults = BERTConfig.Defaults(
    vocabulary: 30000, hidden: 4096, heads: 64, intermediate: 16384, activation: .newGELU)

  let config: BERTConfig
  let sharing: ALBERTSharing
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(folder.config, Self.defaults)
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
