import Foundation
import TesseraModels
import TesseraTokenizers

/// For a server: pairs are read when they arrive, and computed with others' when their turn comes.
extension Reranker {
  /// A pair as the model reads it, with its number of tokens.
  ///
  /// - Throws: `EmbedderError`.
  package func prepare(_ pair: TextPair) throws(EmbedderError) -> PreparedPair {
    try reader.input(of: pair)
  }

  /// Scores one batch of pairs that were read before, with the bits that each has alone.
  ///
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  package func scores(of pairs: [PreparedPair]) throws -> [Result<PairScore, EmbedderError>] {
    try Task.checkCancellation()
    return try scores(ofBatch: pairs)
  }

  /// The model's tokenizer.
  package var tokenizer: Tokenizer { reader.tokenizer }

  /// Whether a folder holds a model that scores texts, and none that makes vectors.
  ///
  /// - Throws: what is wrong with its files.
  package static func isOne(_ modelFolder: URL) throws -> Bool {
    try EmbedderError.reading(modelFolder) {
      try Families.isClassifier(ModelFiles(folder: modelFolder))
    }
  }
}
