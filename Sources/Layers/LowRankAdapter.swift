import TesseraTensors

/// What a task adds to a linear layer: s·B(A·x), [T, inputs] → [T, outputs].
///
/// Hu et al., "LoRA". Computed in float32 whatever the layer's arithmetic.
package struct LowRankAdapter: Sendable {
  private let parts: [Part]

  /// Of one of the layers that are stacked.
  private struct Part: Sendable {
    let outputs: Int
    /// A and s·B; nil where nothing is added.
    let maps: (down: LinearWeights, up: LinearWeights)?
  }

  private init(_ parts: [Part]) { self.parts = parts }

  /// - Parameters:
  ///   - down: A, [rank, inputs].
  ///   - up: B, [outputs, rank].
  package init(down: StoredTensor, up: StoredTensor, scale: Float) {
    self.init([
      Part(
        outputs: up.shape[0],
        maps: (
          LinearWeights(StoredMatrix(down)),
          LinearWeights(StoredMatrix(up.widened().scaled(by: scale).stored))
        ))
    ])
  }

  /// Those of several layers of the same input, side by side.
  init(stacking layers: [(adapter: LowRankAdapter?, outputs: Int)]) {
    self.init(layers.flatMap { $0.adapter?.parts ?? [Part(outputs: $0.outputs, maps: nil)] })
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    let added = parts.map { part in
      part.maps.map { x.linear($0.down).linear($0.up) }
        ?? Tensor(zeros: [x.rowCount, part.outputs])
    }
    return added.count == 1 ? added[0] : .sideBySide(added)
  }
}

/// What a task adds to a table's rows: s·A[i]·B.
package struct LowRankRows: Sendable {
  /// A, [count, rank].
  private let rows: StoredTensor
  /// s·Bᵀ, [C, rank].
  private let up: LinearWeights

  /// - Parameter up: B, [rank, C].
  package init(rows: StoredTensor, up: StoredTensor, scale: Float) {
    let (rank, width) = (up.shape[0], up.shape[1])
    let values = up.widened().elements
    let turned = (0..<width).flatMap { i in (0..<rank).map { scale * values[$0 * width + i] } }
    self.rows = rows
    self.up = LinearWeights(StoredMatrix(StoredTensor(turned, shape: [width, rank])))
  }

  /// [T] → [T, C].
  func callAsFunction(_ indices: some Collection<Int>) -> Tensor {
    rows.widenedRows(indices).linear(up)
  }
}
