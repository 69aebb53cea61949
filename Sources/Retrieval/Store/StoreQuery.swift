import TesseraEmbedders

/// What is asked: a vector, and what else its model gave.
public struct StoreQuery: Sendable {
  /// As long as those of the store; empty where none is compared.
  public var vector: [Float]
  /// Weight by token id; needed where words are compared.
  public var lexicalWeights: [Int: Float]?
  /// A vector for each token; needed where those are compared.
  public var tokenVectors: [[Float]]?

  /// A query by its vector alone.
  public init(vector: [Float]) { self.vector = vector }

  /// A query by all that its model gave.
  public init(_ embedding: Embedding) {
    vector = embedding.vector
    lexicalWeights = embedding.lexicalWeights
    tokenVectors = embedding.colbertVectors
  }
}

/// How rows are compared with a query.
public enum SearchMode: Sendable, Equatable {
  /// By their vectors: cosines.
  case dense
  /// By their words' weights: Σ of the products of the weights, over the tokens that both have. A row
  /// that shares none with the query is no hit.
  case sparse
  /// By their tokens' vectors: for each of the query's the best cosine among the row's, averaged.
  case colbert
  /// By several of these, computed for the rows that come first by vector or by words.
  case hybrid(Fusion)

  /// How several scores become one.
  public struct Fusion: Sendable, Equatable {
    /// How much each kind counts; 0 or nothing: not at all.
    public var weights: [VectorKind: Float]
    /// Whether ranks are added up, a row at rank r counting weight / (60 + r), instead of scores.
    public var usesRanks: Bool

    /// Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet", 2009.
    static let rankConstant: Float = 60

    /// The weighted mean of scores, or the weighted sum of reciprocal ranks.
    public init(weights: [VectorKind: Float], usesRanks: Bool = false) {
      self.weights = weights
      self.usesRanks = usesRanks
    }
  }

  /// The kinds of vectors that are compared.
  public var kinds: [VectorKind] {
    switch self {
    case .dense: [.dense]
    case .sparse: [.sparse]
    case .colbert: [.colbert]
    case .hybrid(let fusion): VectorKind.allCases.filter { (fusion.weights[$0] ?? 0) > 0 }
    }
  }
}
