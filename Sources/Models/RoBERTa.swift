import TesseraCheckpoints
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
  static let quantizedLayers = BERTFamily.quantizedLayers

  let config: BERTConfig
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(folder.config, countingFrom: .behindPadding(folder.config))
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> TextEncoder { try TextEncoder(weights, config) }

  func languageHead(_ weights: Weights) throws -> LanguageHead {
    let head = weights["lm_head"]
    return try LanguageHead(
      dense: head["dense"], norm: head["layer_norm"], output: head,
      words: weights.below(Self.prefix)["embeddings"]["word_embeddings"], config)
  }
}

/// Two layers of their own: bge-reranker.
extension RoBERTaFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    let head = weights["classifier"]
    return Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        dense: head["dense"], .tanh, output: head["out_proj"], outputNames: [head.path],
        width: config.hiddenSize, labels: labels))
  }
}
