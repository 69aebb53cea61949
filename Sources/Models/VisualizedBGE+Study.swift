import Layers
import Tensors

/// What the fused sequence is made of, and what each part of it does.
extension VisualizedBGE {
  package func layout(of input: ModelInput) -> [SequenceRow] {
    let text = zip(input.ids.indices, textPositions(of: input)).map {
      SequenceRow(.token($0), position: $1)
    }
    guard input.pixels != nil else { return text }
    let image = (0..<imageTokenCount).map { SequenceRow(.patch($0), position: 1 + $0) }
    return text.prefix(1) + image + text.dropFirst()
  }

  package func pooledRows(of input: ModelInput) -> [Int] { [0] }

  package func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int
  ) throws -> [Tensor] {
    let x = try embed([input], trace: nil).x
    return try variants(of: x, leavingOut: groups, keeping: 0, batchRows: batchRows) {
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
