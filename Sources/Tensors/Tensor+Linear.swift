import Kernels

extension Tensor {
  /// x·Wᵀ + b, then an activation: [T, K] · [N, K]ᵀ → [T, N].
  package func linear(
    _ weights: LinearWeights, bias: Tensor? = nil, activation: Activation? = nil
  ) -> Tensor {
    precondition(
      shape.count == 2 && shape[1] == weights.inputs,
      "\(shape) · [\(weights.outputs), \(weights.inputs)]ᵀ")
    precondition(
      bias.map { $0.shape == [weights.outputs] } ?? true,
      "a bias of \(bias?.shape ?? []) for \(weights.outputs) outputs")
    let packed = weights.parts.compactMap { part -> PackedMatrix? in
      if case .packed(let matrix) = part { matrix } else { nil }
    }
    if packed.count == weights.parts.count {
      return packedLinear(packed, outputs: weights.outputs, bias, activation)
    }
    return plainLinear(weights, bias, activation)
  }

  /// Cuts the output into panels of columns and blocks of rows; each thread takes whole pieces.
  private func packedLinear(
    _ matrices: [PackedMatrix], outputs: Int, _ bias: Tensor?, _ activation: Activation?
  ) -> Tensor {
    let rows = shape[0]
    let pieces = ProductPieces(rows: rows, matrices)
    return Tensor(shape: [rows, outputs]) { out in
      guard let c = out.baseAddress else { return }
      withElements { x in
        withBias(bias) { bias in
          guard let a = x.baseAddress else {
            out.initialize(repeating: 0)
            return
          }
          Parallel.forEach(pieces.count) {
            pieces[$0].compute(a, c, stride: outputs, bias, activation)
          }
        }
      }
    }
  }
}

private func withBias<Result>(
  _ bias: Tensor?, _ body: (UnsafePointer<Float>?) throws -> Result
) rethrows -> Result {
  guard let bias else { return try body(nil) }
  return try bias.withElements { try body($0.baseAddress) }
}

/// How a product is cut for the threads: blocks of rows, in each all panels of weights.
private struct ProductPieces {
  private let rows: Int
  private let blockHeight: Int
  private let panelCount: Int
  private let matrices: [PackedMatrix]
  /// The first panel and the first column of each matrix.
  private let starts: [(panel: Int, column: Int)]

  /// Activations of so many rows stay in the second cache beside a panel.
  private static let height = 256

  init(rows: Int, _ matrices: [PackedMatrix]) {
    let blocks = max(1, (rows + Self.height - 1) / Self.height)
    self.rows = rows
    self.matrices = matrices
    blockHeight = max(1, (rows + blocks - 1) / blocks)
    var (panel, column) = (0, 0)
    var starts: [(panel: Int, column: Int)] = []
    for matrix in matrices {
      starts.append((panel, column))
      panel += matrix.panelCount
      column += matrix.outputs
    }
    self.starts = starts
    panelCount = panel
  }

  var count: Int { (rows + blockHeight - 1) / blockHeight * panelCount }

  subscript(index: Int) -> ProductPiece {
    let firstRow = index / panelCount * blockHeight
    let panel = index % panelCount
    var matrix = matrices.count - 1
    while starts[matrix].panel > panel { matrix -= 1 }
    return ProductPiece(
      matrix: matrices[matrix], panel: panel - starts[matrix].panel,
      firstColumn: starts[matrix].column,
      rows: firstRow..<min(firstRow + blockHeight, rows))
  }
}

/// One panel of weights and a block of rows.
private struct ProductPiece {
  let matrix: PackedMatrix
  let panel: Int
  /// Of the matrix, in the whole output.
  let firstColumn: Int
  let rows: Range<Int>

  func compute(
    _ a: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, stride: Int,
    _ bias: UnsafePointer<Float>?, _ activation: Activation?
  ) {
    let table = KernelTable.active
    let column = panel * matrix.panelWidth
    matrix.withPanels { panels in
      guard let panels else { return }
      var product = PanelProduct(
        a: a + rows.lowerBound * matrix.inputs, aStride: matrix.inputs, rows: rows.count,
        depth: matrix.inputs, panel: panels + panel * matrix.panelByteCount,
        format: matrix.format, c: c + rows.lowerBound * stride + firstColumn + column,
        cStride: stride, columns: min(matrix.panelWidth, matrix.outputs - column))
      product.bias = bias.map { $0 + firstColumn + column }
      product.epilogue = activation?.epilogue ?? .none
      guard matrix.format != .f32 && rows.count > table.tileRows else {
        table.panelProduct(product)
        return
      }
      Scratch.with(floats: matrix.inputs * matrix.panelWidth) {
        product.widened = $0
        table.panelProduct(product)
      }
    }
  }
}
