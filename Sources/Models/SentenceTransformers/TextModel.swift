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
    let x = tower.embed([input], trace: nil)
    let pooled = pooledRows(of: input)
    let kept = pooled.count == 1 ? pooled[0] : nil
    let hidden = try variants(
      of: x, leavingOut: groups, keeping: kept, batchRows: batchRows, progress: progress
    ) { x, sequences, rows in
      try tower.run(x, in: sequences, keeping: rows, trace: nil)
    }
    return zip(hidden, groups).map { hidden, group in
      guard kept == nil else { return finished(hidden.meanOfRows()) }
      let left = input.ids.indices.filter { !group.contains($0) }
      return finished(
        hidden.rows(at: left.indices.filter { pooled.contains(left[$0]) }).meanOfRows())
    }
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
