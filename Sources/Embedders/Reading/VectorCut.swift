import TesseraJSON
import TesseraModels
import TesseraTensors

/// The beginning of vectors, which is a vector by itself where a model was trained for it.
package struct VectorCut: Sendable {
  /// Numbers that are kept.
  let dimension: Int
  private let isNormalizing: Bool
  /// What a user should know of it.
  let notes: [String]

  /// Nil where all are kept.
  ///
  /// - Parameter asked: by the caller; nil for what the folder says, whose vectors are then not
  ///   scaled again, as the reference leaves them.
  /// - Throws: `EmbedderError.tooManyDimensions`, `FieldError`.
  init?(_ folder: ModelFiles, _ asked: Int?, of model: any EmbeddingModel) throws {
    let field = try folder.sentenceTransformersConfig?.optional("truncate_dim")
    let own = try field?.int(in: 1...1 << 24)
    guard let count = asked ?? own, asked != nil || count < model.dimension else { return nil }
    guard (1...model.dimension).contains(count) else {
      throw EmbedderError.tooManyDimensions(asked: count, dimension: model.dimension)
    }
    guard count < model.dimension else { return nil }
    dimension = count
    isNormalizing = asked != nil && model.isNormalizing
    let isTrained = try own != nil || folder.namesMatryoshkaDimensions()
    notes =
      (asked == nil || isTrained
        ? []
        : [
          "the folder does not say that the model was trained for vectors of \(count) numbers"
            + " instead of \(model.dimension)"
        ])
      + (asked == nil
        ? ["vectors are cut to \(count) numbers, as config_sentence_transformers.json says"] : [])
  }

  /// [C] → [dimension].
  func callAsFunction(_ vector: Tensor) -> Tensor {
    let kept = vector.rows(0..<dimension)
    return isNormalizing ? kept.normalized() : kept
  }
}

extension ModelFiles {
  /// - Throws: `FieldError`.
  fileprivate func namesMatryoshkaDimensions() throws -> Bool {
    try ["matryoshka_dimensions", "matryoshka_dims"].contains { try config.optional($0) != nil }
  }

  /// - Throws: `FieldError` for one that is not known.
  func similarityFunction() throws -> SimilarityFunction {
    let name = try sentenceTransformersConfig?.optional("similarity_fn_name")
    if let name, try givesTokenVectors() {
      // Vectors of tokens are compared by the one rule, whatever it is called.
      guard ["maxsim", "meanmaxsim", "cosine", "dot"].contains(try name.string().lowercased())
      else { throw name.wrongType("\"maxsim\", or \"meanmaxsim\"") }
      return .cosine
    }
    return try name?.choice() ?? .cosine
  }
}
