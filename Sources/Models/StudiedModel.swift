import TesseraLayers
import TesseraTensors

/// A model whose vectors can be taken apart; one that cannot says so when it is asked.
package protocol StudiedModel: EmbeddingModel {
  /// Whether this input is one whose vector can be taken apart.
  func canDissect(_ input: ModelInput) -> Bool

  /// The rows of the sequence that become the vector: one, or those whose mean it is.
  func pooledRows(of input: ModelInput) -> [Int]

  /// The vectors of one input without some rows of its sequence, one for each group of rows.
  ///
  /// The rows are dropped as they enter the first layer; the others keep their positions. So many
  /// rows, at least one group's, are computed together; `progress` is then told the number of the
  /// vectors.
  /// - Precondition: something is left of each group, and of what becomes the vector.
  func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor]

  /// Takes the vector of one input apart along a direction of length 1.
  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection
}

extension StudiedModel {
  package func canDissect(_ input: ModelInput) -> Bool { true }
}
