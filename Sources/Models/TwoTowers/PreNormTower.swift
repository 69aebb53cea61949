import TesseraLayers
import TesseraTensors

/// A tower of pre-norm layers, of which one row becomes the features.
protocol PreNormTower: StudiedFeatureTower {
  associatedtype Layer: PreNormLayer
  var stack: [Layer] { get }
  /// What is done to the row behind the layers.
  var maps: [RowMap] { get }

  /// One input as it enters the first layer: [T, C].
  func entering(_ input: ModelInput) -> Tensor

  /// The row of the sequence that becomes the features.
  func pooledRow(of input: ModelInput) -> Int
}

extension PreNormTower {
  func pooledRow(of input: ModelInput) -> Int { 0 }
  func pooledRows(of input: ModelInput) -> [Int] { [pooledRow(of: input)] }

  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try variants(
      of: entering(input), leavingOut: groups, keeping: pooledRow(of: input),
      batchRows: batchRows, progress: progress
    ) {
      try stack.run($0, in: $1, keeping: $2, trace: nil)
    }.map { maps($0).row(0) }
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try stack.dissect(
      entering(input), row: pooledRow(of: input), through: maps, along: direction,
      sources: sources)
  }
}
