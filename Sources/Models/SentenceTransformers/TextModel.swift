import TesseraLayers
import TesseraTensors

/// A model that reads texts only, with one tower.
protocol TextModel: EmbeddingModel {
  associatedtype Tower: TextTower
  var tower: Tower { get }
  /// Whether a dense vector needs the class token's row alone; it is the mean of all otherwise.
  var keepsClassTokenOnly: Bool { get }

  /// The dense vector, once it is pooled: [C] → [C].
  func finished(_ pooled: Tensor) -> Tensor
}

extension TextModel {
  var dimension: Int { tower.width }

  func pooledRows(of input: ModelInput) -> [Int] {
    keepsClassTokenOnly ? [0] : Array(input.ids.indices)
  }

  func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    let x = tower.embed([input], trace: nil)
    return try variants(
      of: x, leavingOut: groups, keeping: keepsClassTokenOnly ? 0 : nil, batchRows: batchRows,
      progress: progress
    ) { x, sequences, rows in
      try tower.run(x, in: sequences, keeping: rows, trace: nil)
    }.map { finished($0.meanOfRows()) }
  }
}

extension TextModel where Tower: StudiedTower {
  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try tower.dissect(
      tower.embed([input], trace: nil), pooling: pooledRows(of: input), along: direction,
      sources: sources)
  }
}
