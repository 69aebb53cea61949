import TesseraLayers
import TesseraTensors

/// What each part of the fused sequence does.
extension VisualizedBGE {
  package func pooledRows(of input: ModelInput) -> [Int] { [0] }

  package func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    let x = try embed([input], trace: nil).x
    return try variants(
      of: x, leavingOut: groups, keeping: 0, batchRows: batchRows, progress: progress
    ) {
      try encoder($0, in: $1, keeping: $2, trace: nil)
    }.map { $0.row(0).normalized() }
  }

  package func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try encoder.dissect(
      embed([input], trace: nil).x, pooling: [0], along: direction, sources: sources)
  }
}
