/// How packed weights are stored.
package enum WeightFormat: Sendable {
  case f32, f16, bf16

  /// Bytes per weight.
  package var byteCount: Int { self == .f32 ? 4 : 2 }
}

/// What becomes of a product's elements once they are summed.
package enum Epilogue: Sendable {
  case none
  /// x·Φ(x), by the error function.
  case gelu
  /// x·σ(1.702 x)
  case quickGELU
  /// max(x, 0)
  case relu
}

/// Rows of activations times one panel of weights: C ← epilogue(A·B + bias), or C += A·B.
///
/// A panel holds `KernelTable.panelWidth` columns of B, row after row of B, so that a kernel reads
/// it from its first byte to its last. Columns beyond `columns` are zeros in the panel and are not
/// written to C.
///
/// Each element of C is summed in one order, from the first to the last of `depth`, whatever the
/// number of rows: the same bits in any batch.
///
/// Holds addresses and numbers only, so that passing it takes no code that targets would share.
package struct PanelProduct {
  /// [rows, depth], row-major.
  package var a: UnsafePointer<Float>
  /// Elements from one row to the next.
  package var aStride: Int
  package var rows: Int
  package var depth: Int
  /// [depth, panelWidth]
  package var panel: UnsafeRawPointer
  package var format: WeightFormat
  /// Scratch of [depth, panelWidth], in which the first of several tiles of rows leaves 16-bit
  /// weights widened for the others.
  package var widened: UnsafeMutablePointer<Float>?
  /// [rows, columns], row-major.
  package var c: UnsafeMutablePointer<Float>
  package var cStride: Int
  package var columns: Int
  /// Whether sums start with what C holds, rather than with 0.
  package var accumulates = false
  /// [columns]
  package var bias: UnsafePointer<Float>?
  package var epilogue = Epilogue.none

  package init(
    a: UnsafePointer<Float>, aStride: Int, rows: Int, depth: Int,
    panel: UnsafeRawPointer, format: WeightFormat,
    c: UnsafeMutablePointer<Float>, cStride: Int, columns: Int
  ) {
    self.a = a
    self.aStride = aStride
    self.rows = rows
    self.depth = depth
    self.panel = panel
    self.format = format
    self.c = c
    self.cStride = cStride
    self.columns = columns
  }
}
