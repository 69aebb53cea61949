import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// BERT's embeddings without positions: a word's and, where a model has such, its token type's, their
/// sum normalised.
struct TypedWordEmbeddings: TextEmbeddings {
  private let words: EmbeddingTable
  private let tokenTypes: EmbeddingTable?
  private let norm: LayerNorm
  /// Under what the result is known, from within.
  private let names: [String]

  /// - Parameter names: of the result, from within.
  init(words: EmbeddingTable, tokenTypes: EmbeddingTable?, norm: LayerNorm, names: [String]) {
    self.words = words
    self.tokenTypes = tokenTypes
    self.norm = norm
    self.names = names
  }

  /// - Parameters:
  ///   - weights: the tables' path.
  ///   - norm: the norm's; where it stands below the tables', their path names the result too.
  ///   - tokenTypeCount: 0 where there are none.
  init(
    _ weights: Weights, norm: Weights, vocabularySize: Int, tokenTypeCount: Int, width: Int,
    epsilon: Float
  ) throws {
    words = try EmbeddingTable(weights["word_embeddings"], count: vocabularySize, width: width)
    tokenTypes =
      tokenTypeCount == 0
      ? nil
      : try EmbeddingTable(weights["token_type_embeddings"], count: tokenTypeCount, width: width)
    self.norm = try LayerNorm(norm, width: width, epsilon: epsilon)
    names = [norm.path] + (norm.path.hasPrefix(weights.path + ".") ? [weights.path] : [])
  }

  /// Those that BERT's keys describe.
  init(_ weights: Weights, norm: Weights, _ config: BERTConfig) throws {
    try self.init(
      weights, norm: norm, vocabularySize: config.vocabularySize,
      tokenTypeCount: config.tokenTypeCount, width: config.hiddenSize,
      epsilon: config.layerNormEpsilon)
  }

  /// - Returns: [tokens, width]
  func callAsFunction(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    var x = words(inputs.flatMap(\.ids))
    if let tokenTypes {
      x = inputs.typeIDs.map { x + tokenTypes($0) } ?? x.adding(row: tokenTypes([0]).row(0))
    }
    return names.reduce(norm(x)) { trace.pass($1, $0) }
  }
}
