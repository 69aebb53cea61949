import TesseraLayers
import TesseraTensors

/// One of two towers: what it reads becomes features, of whatever length they have.
protocol FeatureTower: Sendable {
  /// D.
  var dimension: Int { get }

  /// Features of texts, or of pictures: [B, D].
  ///
  /// - Throws: `CancellationError` between two layers.
  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor
}

/// One whose features can be taken apart.
protocol StudiedFeatureTower: FeatureTower {
  /// The rows of the sequence that become the features; none where there is no sequence.
  func pooledRows(of input: ModelInput) -> [Int]

  /// The features of one input without some rows of its sequence, one [D] for each group of rows.
  ///
  /// See `StudiedModel.vectors`.
  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor]

  /// Takes the features of one input, scaled to length 1, apart along a direction of length 1.
  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection
}
