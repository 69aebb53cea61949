import ArgumentParser
import TesseraEmbedders

/// How two items are compared.
enum ScoringMode: String, ExpressibleByArgument, CaseIterable {
  /// `dense` is by the folder's own measure, which is the cosine for most.
  case dense, sparse, colbert, hybrid, cosine, dot, euclidean, manhattan

  /// The vectors that the comparison needs.
  var kinds: [VectorKind] {
    switch self {
    case .dense, .cosine, .dot, .euclidean, .manhattan: [.dense]
    case .sparse: [.sparse]
    case .colbert: [.colbert]
    case .hybrid: [.dense, .sparse, .colbert]
    }
  }

  /// The score of a passage for a query; only colbert and hybrid tell one from the other.
  ///
  /// - Parameter function: the folder's measure of dense vectors.
  func score(
    _ query: Embedding, _ passage: Embedding, _ weights: HybridWeights,
    _ function: SimilarityFunction
  ) -> Float? {
    switch self {
    case .dense: query.similarity(to: passage, by: function)
    case .cosine: query.similarity(to: passage)
    case .dot: query.similarity(to: passage, by: .dot)
    case .euclidean: query.similarity(to: passage, by: .euclidean)
    case .manhattan: query.similarity(to: passage, by: .manhattan)
    case .sparse: query.lexicalScore(with: passage)
    case .colbert: query.colbertScore(with: passage)
    case .hybrid:
      query.hybridScore(
        with: passage, weights: (weights.dense, weights.sparse, weights.colbert))
    }
  }
}

/// `a,b,c`: the weights of the dense, sparse and colbert scores; they are divided by their sum.
struct HybridWeights: ExpressibleByArgument {
  let dense: Float
  let sparse: Float
  let colbert: Float

  static let equal = HybridWeights(dense: 1, sparse: 1, colbert: 1)

  private init(dense: Float, sparse: Float, colbert: Float) {
    (self.dense, self.sparse, self.colbert) = (dense, sparse, colbert)
  }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Float($0) }
    guard parts.count == 3, numbers.count == 3,
      numbers.allSatisfy({ $0 >= 0 && $0.isFinite }), numbers.reduce(0, +) > 0
    else { return nil }
    self.init(dense: numbers[0], sparse: numbers[1], colbert: numbers[2])
  }

  var defaultValueDescription: String { "1,1,1" }
}
