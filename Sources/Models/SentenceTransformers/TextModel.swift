import TesseraLayers
import TesseraTensors

/// A model that reads texts only, with one tower.
protocol TextModel: EmbeddingModel {
  associatedtype Tower: TextTower
  var tower: Tower { get }

  /// The dense vector, once it is pooled: [C] → [C′].
  func finished(_ pooled: Tensor) -> Tensor
}

extension TextModel {
  var dimension: Int { tower.width }
}

extension TextModel where Self: StudiedModel {
  /// The class token, unless a model says otherwise.
  func pooledRows(of input: ModelInput) -> [Int] { [0] }

  func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try tower.pooled(
      input, rows: pooledRows(of: input), leavingOut: groups, batchRows: batchRows,
      progress: progress
    ).map(finished)
  }
}

extension TextModel where Self: StudiedModel, Tower: StudiedTower {
  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try tower.dissect(
      tower.embed([input], trace: nil), pooling: pooledRows(of: input), along: direction,
      sources: sources)
  }
}
