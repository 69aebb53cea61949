import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors
import TesseraTokenizers

/// Qwen3-Embedding, and others made of Qwen3: grouped heads whose queries and keys are normalised.
///
/// Zhang et al., "Qwen3 Embedding"; transformers' `Qwen3Model`.
struct Qwen3Family: SentenceEncoderFamily {
  static let modelTypes = ["qwen3"]

  let config: DecoderConfig
  let head: SentenceHead
  /// The ids of yes and no, or of yes alone, where the folder names them: it is a reranker.
  let answers: [Int]?
  /// Whether the folder is a classifier with a head of its own.
  let hasScores: Bool
  /// Whether a language model's head is the table of words.
  let sharesWords: Bool
  private let traits: DecoderTraits
  private let sight: AttentionSight
  private let rotary: RotaryRule

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    config = try DecoderConfig(file, .qwen3)
    try file.requirePlainDecoder()
    try file.requireFullAttention(layerCount: config.layerCount)
    let hasBias = try file.optional("attention_bias")?.bool() ?? false
    traits = DecoderTraits(
      hasProjectionBias: hasBias, hasOutputBias: hasBias, hasHeadNorms: true)
    sight = try file.isCausal() ? .causal : .all
    rotary = try config.rotaryRule(file)
    sharesWords = try file.optional("tie_word_embeddings")?.bool() ?? false
    hasScores = try folder.classifierArchitecture() != nil
    let ids = 0...config.vocabularySize - 1
    answers = try folder.modules?.logitScore().map { score -> [Int] in
      try score.field.allowOnly("true_token_id", "false_token_id", "module_input_name")
      try score.requireIfPresent("module_input_name", is: "causal_logits")
      let no = try score.optional("false_token_id")?.int(in: ids)
      return [try score.int("true_token_id", in: ids)] + [no].compactMap { $0 }
    }
    head = try answers == nil ? folder.head() : SentenceHead(pooling: .lastToken)
  }

  var format: any InputFormat { config }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    guard answers == nil else { throw LayoutError.classifier(architecture: "LogitScore") }
    return try SentenceEncoder(tower(weights.below(Self.prefix)), head)
  }

  func tower(_ weights: Weights) throws -> Decoder {
    try Decoder(weights, config, traits, sight: sight, rotary: rotary)
  }
}

/// Qwen2: gte-Qwen2, whose code lets tokens see all others (`is_causal` false), and others that are
/// causal.
///
/// transformers' `Qwen2Model`.
struct Qwen2Family: SentenceEncoderFamily {
  static let modelTypes = ["qwen2"]

  let config: DecoderConfig
  let head: SentenceHead
  private let sight: AttentionSight
  private let rotary: RotaryRule

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    config = try DecoderConfig(file, .qwen2)
    try file.requirePlainDecoder()
    try file.requireFullAttention(layerCount: config.layerCount)
    sight = try file.isCausal() ? .causal : .all
    rotary = try config.rotaryRule(file)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> Decoder {
    try Decoder(
      weights, config, DecoderTraits(hasProjectionBias: true), sight: sight,
      rotary: rotary)
  }
}

extension DecoderConfig.Defaults {
  /// Qwen2Config's.
  static let qwen2 = Self(
    vocabulary: 151936, hidden: 4096, intermediate: 22016, layers: 32, heads: 32, keyHeads: 32,
    positions: 32768)
  /// Qwen3Config's.
  static let qwen3 = Self(
    vocabulary: 151936, hidden: 4096, intermediate: 22016, layers: 32, heads: 32, keyHeads: 32,
    headWidth: 128, positions: 32768)
}
