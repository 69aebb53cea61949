import TesseraCheckpoints
import TesseraTokenizers

/// BERT as a sentence encoder: all-MiniLM, bge-*-en and many others.
struct BERTFamily: SentenceEncoderFamily {
  static let modelTypes = ["bert"]
  static let prefix = "bert"
  static let stages = StageNames(attention: "*encoder.layer.#.attention.probs")
  static let unusedTensors = headTensors(under: prefix)
  static let otherHeads = ["classifier.*", "score.*", "qa_outputs.*"]
  static let quantizedLayers = PostNormSpelling.bert.linearLayers.map { "encoder.layer.*.\($0)" }

  let config: BERTConfig
  let head: SentenceHead
  private let sharesWords: Bool

  init(_ folder: ModelFiles) throws {
    config = try BERTConfig(folder.config, .bert)
    head = try folder.head()
    sharesWords = try folder.config.sharesWords()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> PostNormTower { try PostNormTower(weights, config) }

  func languageHead(_ weights: Weights) throws -> LanguageHead {
    let head = weights["cls"]["predictions"]
    return try LanguageHead(
      dense: head["transform"]["dense"], norm: head["transform"]["LayerNorm"], output: head,
      decoder: head["decoder"],
      words: weights.below(Self.prefix)["embeddings"]["word_embeddings"],
      sharesWords: sharesWords, config)
  }

  /// The pooler and the heads of pre-training serve no sentence vector.
  static func headTensors(under prefix: String) -> [String] {
    ["pooler.*", "\(prefix).pooler.*", "cls.*", "lm_head.*", "*embeddings.position_ids"]
  }
}

/// The pooler that pre-training leaves, and one layer: ms-marco-MiniLM.
extension BERTFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        pooler: weights[Self.prefix]["pooler"], output: weights["classifier"],
        width: config.hiddenSize, labels: labels))
  }
}
