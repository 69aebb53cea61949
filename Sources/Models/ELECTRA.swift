import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// ELECTRA's discriminator as a sentence encoder.
///
/// Clark et al., "ELECTRA".
struct ELECTRAFamily: SentenceEncoderFamily {
  static let modelTypes = ["electra"]
  static let prefix = "electra"
  static let stages = BERTFamily.stages
  static let unusedTensors =
    BERTFamily.headTensors(under: prefix) + ["discriminator_predictions.*", "generator_*"]
  static let otherHeads = BERTFamily.otherHeads + ["sequence_summary.*"]
  static let quantizedLayers = BERTFamily.quantizedLayers

  /// ElectraConfig's.
  private static let defaults = BERTConfig.Defaults(hidden: 256, heads: 4, intermediate: 1024)

  let config: BERTConfig
  let embeddingSize: Int
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(folder.config, Self.defaults)
    embeddingSize = try folder.config.size("embedding_size", default: 128)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> PostNormTower {
    let encoder = weights["encoder"]["layer"]
    return PostNormTower(
      try PlacedTextEmbeddings(
        weights, config, width: embeddingSize,
        projection: embeddingSize == config.hiddenSize ? nil : weights["embeddings_project"]),
      try (0..<config.layerCount).map { try PostNormLayer(encoder[$0], config, .bert) },
      width: config.hiddenSize)
  }
}

extension ELECTRAFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        below: weights["classifier"], .gelu, width: config.hiddenSize, labels: labels))
  }
}
