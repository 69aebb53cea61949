/// The kernels of one instruction set, as functions that are looked up once at start.
///
/// Each comes from a target that is compiled for that instruction set, and nothing else of such a
/// target may be called: code for a wide register must not run on a CPU without it.
package struct KernelTable: Sendable {
  /// A function of count floats at an address, in place.
  package typealias InPlace = @Sendable (UnsafeMutablePointer<Float>, Int) -> Void
  /// Widens count 16-bit numbers.
  package typealias Widening =
    @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

  package let instructionSet: InstructionSet
  /// Columns of weights that stand together in a panel.
  package let panelWidth: Int

  /// Rows that a tile holds at most.
  package let tileRows: Int

  package let panelProduct: @Sendable (PanelProduct) -> Void
  package let attention: @Sendable (AttentionProduct) -> Void
  package let widenF16: Widening
  package let widenBF16: Widening
  /// x·Φ(x), by the error function.
  package let gelu: InPlace
  /// x·σ(1.702 x)
  package let quickGELU: InPlace
  /// max(x, 0)
  package let relu: InPlace
  /// out ← silu(gate)·up: gate, up, out, count.
  package let swiGLU:
    @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  package let layerNorm: @Sendable (LayerNormRow) -> Void
  /// The largest of count numbers; −∞ of none.
  package let maximum: @Sendable (UnsafePointer<Float>, Int) -> Float
  /// x ← exp((x − maximum)·scale) in place, and their sum.
  package let exponentiate:
    @Sendable (UnsafeMutablePointer<Float>, Int, _ maximum: Float, _ scale: Float) -> Float

  package init(
    instructionSet: InstructionSet, panelWidth: Int, tileRows: Int,
    panelProduct: @escaping @Sendable (PanelProduct) -> Void,
    attention: @escaping @Sendable (AttentionProduct) -> Void,
    widenF16: @escaping Widening, widenBF16: @escaping Widening,
    gelu: @escaping InPlace, quickGELU: @escaping InPlace, relu: @escaping InPlace,
    swiGLU:
      @escaping @Sendable (
        UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int
      ) -> Void,
    layerNorm: @escaping @Sendable (LayerNormRow) -> Void,
    maximum: @escaping @Sendable (UnsafePointer<Float>, Int) -> Float,
    exponentiate: @escaping @Sendable (UnsafeMutablePointer<Float>, Int, Float, Float) -> Float
  ) {
    self.instructionSet = instructionSet
    self.panelWidth = panelWidth
    self.tileRows = tileRows
    self.panelProduct = panelProduct
    self.attention = attention
    self.widenF16 = widenF16
    self.widenBF16 = widenBF16
    self.gelu = gelu
    self.quickGELU = quickGELU
    self.relu = relu
    self.swiGLU = swiGLU
    self.layerNorm = layerNorm
    self.maximum = maximum
    self.exponentiate = exponentiate
  }
}

extension KernelTable: CustomStringConvertible {
  package var description: String { instructionSet.rawValue }
}

/// One row of a layer normalisation of x, or of x + residual, into `out`, which may be x.
package struct LayerNormRow {
  package var x: UnsafePointer<Float>
  package var residual: UnsafePointer<Float>?
  package var weight: UnsafePointer<Float>
  package var bias: UnsafePointer<Float>
  package var epsilon: Float
  package var out: UnsafeMutablePointer<Float>
  package var count: Int

  package init(
    x: UnsafePointer<Float>, residual: UnsafePointer<Float>?, weight: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, epsilon: Float, out: UnsafeMutablePointer<Float>, count: Int
  ) {
    self.x = x
    self.residual = residual
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
    self.out = out
    self.count = count
  }
}
