extension Embedding {
  /// The cosine of the angle between two dense vectors: 1 for the same direction.
  ///
  /// - Precondition: both have the same length.
  public func similarity(to other: Embedding) -> Float {
    precondition(
      vector.count == other.vector.count,
      "vectors of \(vector.count) and \(other.vector.count) numbers")
    let square = dot(vector, vector) * dot(other.vector, other.vector)
    return Float(dot(vector, other.vector) / max(square.squareRoot(), 1e-12))
  }

  /// How near two dense vectors are by a model's own measure: the nearer, the larger.
  ///
  /// - Precondition: both have the same length.
  public func similarity(to other: Embedding, by function: SimilarityFunction) -> Float {
    precondition(
      vector.count == other.vector.count,
      "vectors of \(vector.count) and \(other.vector.count) numbers")
    func distance(_ size: (Double) -> Double) -> Double {
      zip(vector, other.vector).reduce(0.0) { $0 + size(Double($1.0) - Double($1.1)) }
    }
    return switch function {
    case .cosine: similarity(to: other)
    case .dot: Float(dot(vector, other.vector))
    case .euclidean: Float(-distance { $0 * $0 }.squareRoot())
    case .manhattan: Float(-distance(abs))
    }
  }

  /// The lexical score: Σ of the products of weights, over the tokens that both texts have.
  ///
  /// Nil unless both were encoded with `VectorKind.sparse`.
  public func lexicalScore(with other: Embedding) -> Float? {
    guard let mine = lexicalWeights, let theirs = other.lexicalWeights else { return nil }
    // In the order of the ids, so that the sum is the same in every run.
    return Float(
      mine.keys.sorted().reduce(0.0) { sum, id in
        sum + Double(mine[id] ?? 0) * Double(theirs[id] ?? 0)
      })
  }

  /// The late-interaction score, with `self` as the query: for each of its tokens the best
  /// cosine among the passage's tokens, averaged.
  ///
  /// Nil unless both were encoded with `VectorKind.colbert`. Khattab and Zaharia, "ColBERT".
  public func colbertScore(with passage: Embedding) -> Float? {
    guard let query = colbertVectors, let passage = passage.colbertVectors, !query.isEmpty else {
      return nil
    }
    let best = query.map { token in passage.lazy.map { dot(token, $0) }.max() ?? 0 }
    return Float(best.reduce(0, +) / Double(best.count))
  }

  /// The weighted mean of the dense, lexical and late-interaction scores.
  ///
  /// Nil unless both were encoded with all three kinds, or if the weights sum to 0.
  public func hybridScore(
    with passage: Embedding, weights: (dense: Float, sparse: Float, colbert: Float) = (1, 1, 1)
  ) -> Float? {
    guard let lexical = lexicalScore(with: passage), let colbert = colbertScore(with: passage)
    else { return nil }
    let sum = weights.dense + weights.sparse + weights.colbert
    guard sum != 0 else { return nil }
    return
      (weights.dense * similarity(to: passage) + weights.sparse * lexical
      + weights.colbert * colbert) / sum
  }
}

/// Σ xᵢ·yᵢ, in double.
package func dot(_ x: [Float], _ y: [Float]) -> Double {
  x.withUnsafeBufferPointer { x in
    y.withUnsafeBufferPointer { y in
      let count = min(x.count, y.count)
      var lanes = SIMD8<Double>.zero
      var i = 0
      while i + 8 <= count {
        lanes += SIMD8<Double>(SIMD8(x[i..<i + 8])) * SIMD8<Double>(SIMD8(y[i..<i + 8]))
        i += 8
      }
      return (i..<count).reduce(lanes.sum()) { $0 + Double(x[$1]) * Double(y[$1]) }
    }
  }
}
