import TesseraCheckpoints
import TesseraJSON
import TesseraTokenizers

/// RoBERTa, XLM-RoBERTa and CamemBERT as sentence encoders: BERT's layers, with positions that count
/// from the padding's on.
///
/// Liu et al., "RoBERTa"; Conneau et al., "Unsupervised Cross-lingual Representation Learning at
/// Scale".
struct RoBERTaFamily: SentenceEncoderFamily {
  static let modelTypes = ["roberta", "xlm-roberta", "camembert"]
  static let prefix = "roberta"
  static let stages = BERTFamily.stages
  static let unusedTensors = BERTFamily.headTensors(under: prefix)
  static let otherHeads = BERTFamily.otherHeads
  static let quantizedLayers = BERTFamily.quantizedLayers

  let config: BERTConfig
  let head: SentenceHead
  private let sharesWords: Bool

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(folder.config, Self.defaults(folder.config))
    head = try folder.head()
    sharesWords = try folder.config.sharesWords()
  }

  /// RobertaConfig's, or those of the two others.
  static func defaults(_ config: Config) throws -> BERTConfig.Defaults {
    try config.string("model_type") == "roberta"
      ? BERTConfig.Defaults(vocabulary: 50265, padding: 1) : .xlmRoBERTa
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> PostNormTower { try PostNormTower(weights, config) }

  func languageHead(_ weights: Weights) throws -> LanguageHead {
    let head = weights["lm_head"]
    return try LanguageHead(
      dense: head["dense"], norm: head["layer_norm"], output: head,
      decoder: head["decoder"],
      words: weights.below(Self.prefix)["embeddings"]["word_embeddings"],
      sharesWords: sharesWords, config)
  }
}

/// Two layers of their own: bge-reranker.
extension RoBERTaFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        below: weights["classifier"], .tanh, width: config.hiddenSize, labels: labels))
  }
}

extension BERTConfig.Defaults {
  /// XLMRobertaConfig's and CamembertConfig's.
  static let xlmRoBERTa = Self(padding: 1)
}
