/// A model whose scores are made of those of its tokens' vectors: late interaction.
package protocol TokenScoringModel: EmbeddingModel {
  /// The rows of the sequence that get a vector, in the order of the vectors.
  func scoredRows(of input: ModelInput) -> [Int]
}
