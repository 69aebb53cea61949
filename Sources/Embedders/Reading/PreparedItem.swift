import TesseraModels

/// An item ready for the model.
package struct PreparedItem: Sendable {
  package let input: ModelInput
  package let tokenCount: Int
  package let truncation: Embedding.Truncation?
  package let unknownWords: Embedding.UnknownWords?

  /// - Parameters:
  ///   - cut: what is kept of the vector.
  ///   - requiringFinite: false to hand out whatever the model gave, even NaN.
  /// - Returns: `EmbedderError.notFinite` for numbers that are none.
  package func embedding(
    _ output: ModelOutput, cut: VectorCut? = nil, requiringFinite: Bool = true
  ) -> Result<Embedding, EmbedderError> {
    let colbertVectors = output.tokenVectors.map { vectors in
      (0..<vectors.rowCount).map { vectors.row($0).elements }
    }
    let embedding = Embedding(
      vector: output.vector.map { (cut?($0) ?? $0).elements } ?? [],
      lexicalWeights: output.lexicalWeights,
      colbertVectors: colbertVectors,
      tokenCount: tokenCount, truncation: truncation, unknownWords: unknownWords)
    return requiringFinite && !embedding.isFinite ? .failure(.notFinite) : .success(embedding)
  }
}

extension Embedding {
  /// Whether every number of the vectors is one.
  ///
  /// Only a traced run hands out others, so that one can see where they begin.
  public var isFinite: Bool {
    vector.allSatisfy(\.isFinite) && lexicalWeights?.values.allSatisfy(\.isFinite) ?? true
      && colbertVectors?.allSatisfy { $0.allSatisfy(\.isFinite) } ?? true
  }
}
