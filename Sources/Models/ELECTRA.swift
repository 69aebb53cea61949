import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// BERT's layers over embeddings of another width: ids become the last layer's vectors.
struct ELECTRATower: StudiedTower {
  private let config: BERTConfig
  private let embeddings: BERTEmbeddings
  /// To the layers' width; nil where the embeddings have it.
  private let projection: Linear?
  private let layers: [BERTLayer]

  init(_ weights: Weights, _ config: BERTConfig, embeddingSize: Int) throws {
    self.config = config
    embeddings = try BERTEmbeddings(
      weights["embeddings"], config.with(hiddenSize: embeddingSize))
    projection =
      embeddingSize == config.hiddenSize
      ? nil
      : try Linear(
        weights["embeddings_project"], inputs: embeddingSize, outputs: config.hiddenSize,
        precision: .float32)
    layers = try BERTEncoder(weights["encoder"], config).layers
  }

  var width: Int { config.hiddenSize }

  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    let x = embeddings(
      ids: inputs.flatMap(\.ids), types: inputs.typeIDs,
      positions: inputs.flatMap { config.positions(of: $0.ids) }, trace: trace)
    return projection.map { trace.pass($0.path, $0(x)) } ?? x
  }

  func run(
    _ x: Tensor, in sequences: PackedSequences, keeping rows: [Int]?, trace: Trace?
  ) throws -> Tensor {
    try layers.run(x, in: sequences, keeping: rows, trace: trace)
  }

  func dissect(
    _ x: Tensor, pooling rows: [Int], along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try layers.dissect(x, pooling: rows, along: direction, sources: sources)
  }
}

/// ELECTRA's discriminator as a sentence encoder.
///
/// Clark et al., "ELECTRA".
struct ELECTRAFamily: SentenceEncoderFamily {
  static let modelTypes = ["electra"]
  static let prefix = "electra"
  static let stages = BERTFamily.stages
  static let unusedTensors =
    BERTFamily.headTensors(under: prefix) + ["discriminator_predictions.*", "generator_*"]
  static let quantizedLayers = BERTFamily.quantizedLayers

  let config: BERTConfig
  let embeddingSize: Int
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(folder.config, countingFrom: .zero)
    embeddingSize = try folder.config.size("embedding_size")
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> ELECTRATower {
    try ELECTRATower(weights, config, embeddingSize: embeddingSize)
  }
}

extension ELECTRAFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    let head = weights["classifier"]
    return Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        dense: head["dense"], .gelu, output: head["out_proj"], outputNames: [head.path],
        width: config.hiddenSize, labels: labels))
  }
}
