import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// DistilBERT as a sentence encoder: multi-qa-distilbert, msmarco-distilbert, distiluse's transformer.
/// Half of BERT's layers, without token types, under names of its own.
///
/// Sanh et al., "DistilBERT, a distilled version of BERT".
struct DistilBERTFamily: SentenceEncoderFamily {
  static let modelTypes = ["distilbert"]
  static let prefix = "distilbert"
  static let stages = StageNames(attention: "transformer.layer.#.attention.probs")
  static let unusedTensors = [
    "vocab_transform.*", "vocab_layer_norm.*", "vocab_projector.*", "*embeddings.position_ids",
  ]
  static let otherHeads = BERTFamily.otherHeads + ["pre_classifier.*"]
  static let quantizedLayers = PostNormSpelling.distilBERT.linearLayers.map {
    "transformer.layer.*.\($0)"
  }

  let config: BERTConfig
  let head: SentenceHead
  private let sharesWords: Bool

  init(_ folder: ModelFiles) throws {
    let keys = folder.config
    config = BERTConfig(
      vocabularySize: try keys.size("vocab_size"), hiddenSize: try keys.size("dim"),
      layerCount: try keys.layerCount("n_layers"), headCount: try keys.size("n_heads"),
      intermediateSize: try keys.size("hidden_dim"), activation: try keys.activation("activation"),
      // No key says it: it stands in the reference's code.
      layerNormEpsilon: 1e-12,
      positions: PositionTable(count: try keys.size("max_position_embeddings"), start: .zero),
      tokenTypeCount: 0)
    try keys.requireDivisible("dim", config.hiddenSize, by: "n_heads", config.headCount)
    head = try folder.head()
    sharesWords = try keys.sharesWords()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> PostNormTower {
    let layers = weights["transformer"]["layer"]
    return try PostNormTower(weights, config) { try PostNormLayer(layers[$0], config, .distilBERT) }
  }
}

extension DistilBERTFamily {
  func languageHead(_ weights: Weights) throws -> LanguageHead {
    try LanguageHead(
      dense: weights["vocab_transform"], norm: weights["vocab_layer_norm"],
      output: weights["vocab_projector"], decoder: weights["vocab_projector"],
      words: weights.below(Self.prefix)["embeddings"]["word_embeddings"],
      sharesWords: sharesWords, config)
  }
}

extension DistilBERTFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    Classifier(
      try tower(weights.below(Self.prefix)),
      try ClassificationHead(
        dense: weights["pre_classifier"], .relu, output: weights["classifier"],
        width: config.hiddenSize, labels: labels))
  }
}
