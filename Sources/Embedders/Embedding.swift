/// The vectors of one item, and what its reader should know of how they came about.
public struct Embedding: Sendable {
  /// The dense vector, as long as `Embedder.dimension`; of length 1 where the model normalises.
  ///
  /// Empty if only other kinds were asked for.
  public let vector: [Float]
  /// Weight by token id, all above 0; nil unless `VectorKind.sparse` was asked for.
  public let lexicalWeights: [Int: Float]?
  /// One vector of length 1 for each token behind the class token; nil unless
  /// `VectorKind.colbert` was asked for.
  public let colbertVectors: [[Float]]?
  /// Tokens that the model read, special tokens and those of a picture included.
  public let tokenCount: Int
  /// Set where the text was longer than the model, or the caller, allows.
  public let truncation: Truncation?
  /// Set where the text has words that the vocabulary does not.
  public let unknownWords: UnknownWords?

  /// How much of a text was read; both counts include special tokens.
  public struct Truncation: Sendable, Equatable {
    /// Tokens of the text that the model read.
    public let kept: Int
    /// Tokens that the whole text has.
    public let total: Int
  }

  /// Words that are one and the same unknown token to the model.
  public struct UnknownWords: Sendable, Equatable {
    /// How many there are in the text.
    public let count: Int
    /// The first of them.
    public let examples: [String]
  }
}

/// The kinds of vectors that a model may give for one text; all give the dense one.
public enum VectorKind: String, Sendable, CaseIterable {
  /// One vector for the whole text: meaning.
  case dense
  /// One weight for each token that occurs: words, as a search engine would weigh them.
  case sparse
  /// One vector for each token: meaning, compared word by word.
  case colbert
}
