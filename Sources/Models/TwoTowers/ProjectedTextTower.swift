import TesseraLayers
import TesseraTensors

/// A text encoder whose tokens, pooled, then normed or projected, are the text's features.
struct ProjectedTextTower<Tower: TextTower>: FeatureTower {
  private let tower: Tower
  private let pooling: Pooling
  private let maps: [RowMap]
  let dimension: Int

  /// - Parameter maps: what is done to the pooled vector.
  init(_ tower: Tower, pooling: Pooling = .cls, _ maps: [RowMap]) {
    self.tower = tower
    self.pooling = pooling
    self.maps = maps
    dimension = maps.last?.outputs ?? tower.width
  }

  init(_ tower: Tower, _ projection: Linear) { self.init(tower, [.linear(projection)]) }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    maps(try tower.pooled(inputs, by: pooling, trace: trace), trace: trace)  // [B, D]
  }
}

extension ProjectedTextTower: StudiedFeatureTower where Tower: StudiedTower {
  func pooledRows(of input: ModelInput) -> [Int] {
    pooling.keptRow(of: input).map { [$0] } ?? Array(pooling.rows(of: input))
  }

  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try tower.pooled(
      input, rows: pooledRows(of: input), leavingOut: groups, batchRows: batchRows,
      progress: progress
    ).map { maps($0.reshaped([1, tower.width])).row(0) }
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    let pooled = try tower.pooled([input], by: pooling, trace: nil)
    let end = maps.pullingBack(direction, through: pooled)
    // The tower takes its own vector apart as if that had length 1, and not what is made of it.
    let length = max(pooled.norm, 1e-12)
    var dissection = try tower.dissect(
      tower.embed([input], trace: nil), pooling: pooledRows(of: input),
      along: end.direction.map { $0 * length }, sources: sources)
    dissection.contributions.finalNorm += end.biases
    return dissection
  }
}
