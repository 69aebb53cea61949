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
    // Where BERT's name of a key stands, it counts.
    func key(_ own: String, _ common: String) throws -> String {
      try keys.optional(common) == nil ? own : common
    }
    let (width, heads) = (
      try key("dim", "hidden_size"), try key("n_heads", "num_attention_heads")
    )
    // What is missing is DistilBertConfig's default.
    config = BERTConfig(
      vocabularySize: try keys.size("vocab_size", default: 30522),
      hiddenSize: try keys.size(width, default: 768),
      layerCount: try keys.layerCount(key("n_layers", "num_hidden_layers"), default: 6),
      headCount: try keys.size(heads, default: 12),
      intermediateSize: try keys.size("hidden_dim", default: 3072),
      activation: try keys.activation("activation", default: .gelu),
      // No key says it: it stands in the reference's code.
      layerNormEpsilon: 1e-12,
      positions: PositionTable(
        count: try keys.size("max_position_embeddings", default: 512), start: .zero),
      tokenTypeCount: 0)
    try keys.requireDivisible(width, config.hiddenSize, by: heads, config.headCount)
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
