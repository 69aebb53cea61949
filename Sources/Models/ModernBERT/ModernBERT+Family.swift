import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTokenizers

/// ModernBERT as a sentence encoder: gte-modernbert-base, modernbert-embed-base.
///
/// Warner et al., "Smarter, Better, Faster, Longer".
struct ModernBERTFamily: SentenceEncoderFamily {
  static let modelTypes = ["modernbert"]
  static let prefix = "model"
  static let stages = StageNames(attention: "*layers.#.attn.probs")
  static let unusedTensors = ["head.*", "decoder.*", "classifier.*"]
  static let quantizedLayers = ["attn.Wqkv", "attn.Wo", "mlp.Wi", "mlp.Wo"].map { "layers.*.\($0)" }

  let config: ModernBERTConfig
  let head: SentenceHead
  private let classifier: Config

  init(_ folder: ModelFiles) throws {
    config = try ModernBERTConfig(folder.config)
    head = try folder.head()
    classifier = folder.config
  }

  var format: any InputFormat {
    TextFormat(vocabularySize: config.vocabularySize, maximumTokens: config.positionCount)
  }

  func tower(_ weights: Weights) throws -> ModernBERT { try ModernBERT(weights, config) }
}

/// The head of pre-training, then one layer: gte-reranker-modernbert-base.
extension ModernBERTFamily: ClassifierFamily {
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel {
    let head = weights["head"]
    return Classifier(
      try tower(weights.below(Self.prefix)),
      pooling: try classifier.headPooling(),
      try ClassificationHead(
        dense: head["dense"], hasBias: try classifier.bool("classifier_bias", default: false),
        try classifier.headActivation(),
        activatedNames: [head["act"].path],
        norm: try LayerNorm(
          head["norm"], width: config.hiddenSize, epsilon: config.normEpsilon,
          hasBias: config.hasNormBias),
        normNames: [head.path], output: weights["classifier"], width: config.hiddenSize,
        labels: labels))
  }
}

extension Config {
  fileprivate func headPooling() throws -> Pooling {
    guard let field = try defaulted("classifier_pooling") else { return .cls }
    switch try field.string() {
    case "cls": return .cls
    case "mean": return .mean
    default: throw field.wrongType("cls or mean")
    }
  }

  /// `classifier_activation`, by its name in transformers.
  fileprivate func headActivation() throws -> TorchActivation {
    guard let field = try defaulted("classifier_activation") else { return .gelu }
    switch try field.string() {
    case "gelu": return .gelu
    case "relu": return .relu
    case "silu": return .silu
    case "tanh": return .tanh
    default: throw field.wrongType("gelu, relu, silu or tanh")
    }
  }
}
