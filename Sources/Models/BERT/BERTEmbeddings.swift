import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Word, position and token-type embeddings with their LayerNorm.
struct BERTEmbeddings: Sendable {
  let path: String
  private let words: EmbeddingTable
  private let positions: EmbeddingTable
  /// Nil where there are none.
  private let tokenTypes: EmbeddingTable?
  /// Row 0 of the token types, which every token of one text has, [C].
  private let tokenType: Tensor?
  private let norm: LayerNorm

  init(_ weights: Weights, _ config: BERTConfig) throws {
    path = weights.path
    words = try EmbeddingTable(
      weights["word_embeddings"], count: config.vocabularySize, width: config.hiddenSize)
    positions = try EmbeddingTable(
      weights["position_embeddings"], count: config.positions.count,
      width: config.hiddenSize)
    tokenTypes =
      config.tokenTypeCount == 0
      ? nil
      : try EmbeddingTable(
        weights["token_type_embeddings"], count: config.tokenTypeCount, width: config.hiddenSize)
    tokenType = tokenTypes?([0]).row(0)
    norm = try LayerNorm(
      weights["LayerNorm"], width: config.hiddenSize, epsilon: config.layerNormEpsilon)
  }

  /// [T] ids at [T] positions → [T, C].
  ///
  /// - Parameter types: of each token; nil for 0.
  func callAsFunction(
    ids: [Int], types: [Int]? = nil, positions: [Int], trace: Trace?
  ) -> Tensor {
    // PyTorch adds in this order: (words + types) + positions.
    let words = words(ids)
    let sum =
      if let types, let tokenTypes {
        words + tokenTypes(types)
      } else {
        tokenType.map(words.adding(row:)) ?? words
      }
    return trace.pass(path, norm(sum, adding: self.positions(positions)))
  }

  /// Vectors that come from elsewhere, an image for instance, get positions and the LayerNorm,
  /// but no token type: [T, C] → [T, C].
  func callAsFunction(vectors: Tensor, positions: Range<Int>) -> Tensor {
    norm(vectors, adding: self.positions(positions))
  }
}
