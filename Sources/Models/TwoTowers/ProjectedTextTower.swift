import TesseraLayers
import TesseraTensors

/// A text encoder whose class token, projected, is the text's features.
struct ProjectedTextTower<Tower: TextTower>: FeatureTower {
  private let tower: Tower
  private let projection: Linear

  init(_ tower: Tower, _ projection: Linear) {
    self.tower = tower
    self.projection = projection
  }

  var dimension: Int { projection.outputs }

  func features(of inputs: [ModelInput], trace: Trace?) throws -> Tensor {
    let classTokens = try tower(inputs, keepingFirst: true, trace: trace).hidden  // [B, C]
    return trace.pass(projection.path, projection(classTokens))  // [B, D]
  }
}

extension ProjectedTextTower: StudiedFeatureTower where Tower: StudiedTower {
  func pooledRow(of input: ModelInput) -> Int { 0 }

  func features(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try variants(
      of: tower.embed([input], trace: nil), leavingOut: groups, keeping: 0, batchRows: batchRows,
      progress: progress
    ) {
      try tower.run($0, in: $1, keeping: $2, trace: nil)
    }.map { projection($0).row(0) }
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    let hidden = try tower([input], keepingFirst: true, trace: nil).hidden
    // The tower takes its own vector apart as if that had length 1, and not what is made of it.
    let scale = max(hidden.norm, 1e-12) / max(projection(hidden).norm, 1e-12)
    var dissection = try tower.dissect(
      tower.embed([input], trace: nil), pooling: [0],
      along: projection.pullingBack(direction).map { $0 * scale }, sources: sources)
    dissection.contributions.finalNorm +=
      (projection.bias?.dot(direction) ?? 0) / max(projection(hidden).norm, 1e-12)
    return dissection
  }
}
