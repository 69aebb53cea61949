import TesseraKernels

/// Where a product goes, and what happens to it there.
struct ProductOutput {
  let c: UnsafeMutablePointer<Float>
  /// Elements from one row to the next, of the residual too.
  let stride: Int
  let bias: UnsafePointer<Float>?
  let epilogue: Epilogue
  let residual: UnsafePointer<Float>?
}

/// How a product is cut for the threads: blocks of rows, in each all panels of weights.
struct ProductPieces {
  private let rows: Int
  private let blockHeight: Int
  private let panelCount: Int
  private let parts: [Part]

  private struct Part {
    let matrix: PackedMatrix
    let source: PackedMatrix.Source
    let firstPanel: Int
    let firstColumn: Int
  }

  init(rows: Int, _ matrices: [PackedMatrix]) {
    self.init(rows: rows, matrices.map { ($0, $0.sourceOfNextProduct()) })
  }

  init(rows: Int, _ matrices: [(PackedMatrix, PackedMatrix.Source)]) {
    var (panel, column) = (0, 0)
    var parts: [Part] = []
    for (matrix, source) in matrices {
      parts.append(
        Part(
          matrix: matrix, source: source, firstPanel: panel,
          firstColumn: column))
      panel += matrix.panelCount
      column += matrix.outputs
    }
    self.rows = rows
    self.parts = parts
    panelCount = panel
    let areResident = parts.allSatisfy { if case .resident = $0.source { true } else { false } }
    // A panel that nobody keeps is packed for all rows at once.
    let blocks =
      areResident
      ? RowBlocks.count(
        rows: rows, panels: panel, height: RowBlocks.height, threads: Parallel.threadCount) : 1
    blockHeight = max(1, (rows + blocks - 1) / blocks)
  }

  var count: Int { (rows + blockHeight - 1) / blockHeight * panelCount }

  func compute(_ index: Int, _ a: ActivationRows, _ output: ProductOutput) {
    let firstRow = index / panelCount * blockHeight
    let panel = index % panelCount
    guard let part = part(of: panel) else { return }
    let piece = ProductPiece(
      matrix: part.matrix, panel: panel - part.firstPanel, firstColumn: part.firstColumn,
      rows: firstRow..<min(firstRow + blockHeight, rows), next: panelAfter(index))
    part.source.withPanel(piece.panel, of: part.matrix) { piece.compute(a, $0, output) }
  }

  private func part(of panel: Int) -> Part? { parts.last { $0.firstPanel <= panel } }

  /// The panel that the thread of a piece reads next, if threads draw pieces in turn.
  private func panelAfter(_ index: Int) -> UnsafeRawPointer? {
    let next = index + min(Parallel.threadCount, panelCount)
    // Few rows wait for the weights of their own panel.
    guard rows >= 32, next < count, let part = part(of: next % panelCount),
      case .resident(let panels) = part.source
    else { return nil }
    return part.matrix.address(of: next % panelCount - part.firstPanel, in: panels)
  }
}

extension PackedMatrix.Source {
  /// Lends the address of a panel.
  func withPanel(_ panel: Int, of matrix: PackedMatrix, _ body: (UnsafeRawPointer) -> Void) {
    switch self {
    case .resident(let panels):
      withExtendedLifetime(panels) {
        if let start = matrix.address(of: panel, in: panels) { body(start) }
      }
    case .stored(let stored):
      Scratch.with(floats: (matrix.panelByteCount + 3) / 4) { scratch in
        matrix.pack(panel, of: stored, into: scratch)
        body(scratch)
      }
    }
  }
}

/// One panel of weights and a block of rows.
private struct ProductPiece {
  let matrix: PackedMatrix
  let panel: Int
  /// Of the matrix, in the whole output.
  let firstColumn: Int
  let rows: Range<Int>
  let next: UnsafeRawPointer?

  func compute(_ a: ActivationRows, _ weights: UnsafeRawPointer, _ output: ProductOutput) {
    let column = panel * matrix.panelWidth
    let start = rows.lowerBound * output.stride + firstColumn + column
    var product = PanelProduct(
      a, rows: rows, matrix, panel: weights, c: output.c + start, cStride: output.stride,
      columns: min(matrix.panelWidth, matrix.outputs - column))
    product.bias = output.bias.map { $0 + firstColumn + column }
    product.epilogue = output.epilogue
    product.residual = output.residual.map { $0 + start }
    product.next = next
    KernelTable.active.panelProduct(product)
  }
}

extension PanelProduct {
  /// Some rows of activations times one panel of a matrix.
  init(
    _ a: ActivationRows, rows: Range<Int>, _ matrix: PackedMatrix, panel: UnsafeRawPointer,
    c: UnsafeMutablePointer<Float>, cStride: Int, columns: Int
  ) {
    self.init(
      a: a.words + 4 * rows.lowerBound * a.depth, aStride: a.depth, rows: rows.count,
      depth: a.depth, panel: panel, format: matrix.format, c: c, cStride: cStride,
      columns: columns)
    if let groups = a.groups {
      self.groups = groups
      rowScales = a.scales.map { $0 + 2 * groups.count * rows.lowerBound }
      octetScales = a.octetScales.map {
        $0 + 2 * (a.depth / WeightFormat.int4Octets.wordsTogether) * rows.lowerBound
      }
    }
  }
}
