import TesseraTensors

/// The keys of a BERT or XLM-RoBERTa `config.json` that inference reads.
///
/// No key has a default: a wrong epsilon or position rule changes every vector silently.
package struct BERTConfig: Decodable, Sendable {
  package let modelType: Family
  package let vocabularySize: Int
  package let hiddenSize: Int
  package let layerCount: Int
  package let headCount: Int
  package let intermediateSize: Int
  package let hiddenActivation: String
  package let layerNormEpsilon: Float
  package let maxPositionEmbeddings: Int
  package let tokenTypeCount: Int
  /// XLM-RoBERTa counts positions from it; BERT does not need it.
  private let padTokenID: Int?
  /// Absent in older files, which know only absolute positions.
  package let positionEmbeddingType: String?

  /// What distinguishes the families is how positions are counted.
  package enum Family: String, Decodable, Sendable {
    case bert
    case xlmRoBERTa = "xlm-roberta"
  }

  private enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case layerCount = "num_hidden_layers"
    case headCount = "num_attention_heads"
    case intermediateSize = "intermediate_size"
    case hiddenActivation = "hidden_act"
    case layerNormEpsilon = "layer_norm_eps"
    case maxPositionEmbeddings = "max_position_embeddings"
    case tokenTypeCount = "type_vocab_size"
    case padTokenID = "pad_token_id"
    case positionEmbeddingType = "position_embedding_type"
  }

  /// - Throws: `ConfigError` where a value is none that this engine computes.
  package func activation() throws -> Activation {
    try Activation(configName: hiddenActivation)
  }

  /// - Throws: `ConfigError` for sizes that no model can have, and for unknown variants.
  package func validate() throws {
    try ConfigError.requirePositive([
      ("vocab_size", vocabularySize), ("hidden_size", hiddenSize),
      ("num_attention_heads", headCount), ("intermediate_size", intermediateSize),
      ("type_vocab_size", tokenTypeCount), ("max_position_embeddings", maxPositionEmbeddings),
    ])
    try ConfigError.requireLayerCount(layerCount)
    try ConfigError.requireEpsilon(layerNormEpsilon)
    if modelType == .xlmRoBERTa {
      guard let padTokenID else {
        throw ConfigError.missing(key: "pad_token_id", neededFor: "XLM-RoBERTa's positions")
      }
      // Positions are counted from here.
      try ConfigError.require("pad_token_id", padTokenID, in: 0...maxPositionEmbeddings)
    }
    try ConfigError.requireDivisible(
      "hidden_size", hiddenSize, by: "num_attention_heads", headCount)
    if let positionEmbeddingType, positionEmbeddingType != "absolute" {
      throw ConfigError.unsupported(
        key: "position_embedding_type", found: positionEmbeddingType, supported: ["absolute"])
    }
    _ = try activation()
  }

  /// The position before the first token's.
  private var positionOffset: Int {
    switch modelType {
    case .bert: -1
    case .xlmRoBERTa: padTokenID ?? 0
    }
  }

  /// Tokens that the position table serves, special tokens included.
  package var maximumTokens: Int { maxPositionEmbeddings - positionOffset - 1 }

  /// The position of each token of a text that stands alone.
  ///
  /// BERT counts from 0. XLM-RoBERTa counts the tokens that are not padding from pad + 1, and
  /// gives padding its own id; the rule is fairseq's.
  package func positions(of ids: [Int]) -> [Int] {
    guard modelType == .xlmRoBERTa else { return Array(ids.indices) }
    var last = positionOffset
    return ids.map { id in
      guard id != padTokenID else { return positionOffset }
      last += 1
      return last
    }
  }
}
