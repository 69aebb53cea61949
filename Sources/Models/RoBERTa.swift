import TesseraCheckpoints

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
}
