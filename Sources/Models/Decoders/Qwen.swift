import TesseraCheckpoints
import TesseraJSON
import TesseraTokenizers

/// Qwen3-Embedding, and others made of Qwen3: grouped heads whose queries and keys are normalised.
///
/// Zhang et al., "Qwen3 Embedding"; transformers' `Qwen3Model`.
struct Qwen3Family: PlainDecoderFamily {
  static let modelTypes = ["qwen3"]

  let decoder: PlainDecoder
  let head: SentenceHead
  /// The ids of yes and no, or of yes alone, where the folder names them: it is a reranker.
  let answers: [Int]?
  /// Whether the folder is a classifier with a head of its own.
  let hasScores: Bool
  /// Whether a language model's head is the table of words.
  let sharesWords: Bool

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    decoder = try PlainDecoder(
      file, .qwen3, .llama(file, hasHeadNorms: true), sight: file.fullSight(.qwen3))
    sharesWords = try file.optional("tie_word_embeddings")?.bool() ?? false
    hasScores = try folder.classifierArchitecture() != nil
    let ids = 0...decoder.config.vocabularySize - 1
    answers = try folder.modules?.logitScore().map { score -> [Int] in
      try score.field.allowOnly("true_token_id", "false_token_id", "module_input_name")
      try score.requireIfPresent("module_input_name", is: "causal_logits")
      let no = try score.optional("false_token_id")?.int(in: ids)
      return [try score.int("true_token_id", in: ids)] + [no].compactMap { $0 }
    }
    head = try answers == nil ? folder.head() : SentenceHead(pooling: .lastToken)
  }

  func model(
    _ weights: Weights, tokenizer: () throws -> Tokenizer
  ) throws -> any EmbeddingModel {
    guard answers == nil else { throw LayoutError.classifier(architecture: "LogitScore") }
    return try SentenceEncoder(tower(weights.below(Self.prefix)), head)
  }
}

/// Qwen2: gte-Qwen2, whose code lets tokens see all others (`is_causal` false), and others that are
/// causal.
///
/// transformers' `Qwen2Model`.
struct Qwen2Family: PlainDecoderFamily {
  static let modelTypes = ["qwen2"]

  let decoder: PlainDecoder
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    decoder = try PlainDecoder(
      file, .qwen2, DecoderTraits(hasProjectionBias: true), sight: file.fullSight(.qwen2))
    head = try folder.head()
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
