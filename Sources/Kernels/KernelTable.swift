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

  package let panelProduct: @Sendable (PanelProduct) -> Void
  package let attention: @Sendable (AttentionProduct) -> Void
  package let widenF16: Widening
  package let widenBF16: Widening
  /// Rounds count floats to bfloat16, two in a word; a last half word is filled up with 0.
  package let narrow: @Sendable (UnsafePointer<Float>, UnsafeMutableRawPointer, Int) -> Void
  /// Two rows of count numbers as one of words, each of a bfloat16 number of either; no second row
  /// stands for zeros.
  package let pair:
    @Sendable (UnsafePointer<Float>, UnsafePointer<Float>?, UnsafeMutableRawPointer, Int) -> Void
  /// Quantises count floats to bytes q, four in a word, with x ≈ offset + scale·q; the last word is
  /// filled up with zeros. Writes scale and offset behind its last argument.
  package let quantize:
    @Sendable (UnsafePointer<Float>, UnsafeMutableRawPointer, Int, UnsafeMutablePointer<Float>) ->
      Void
  /// Quantises count floats to signed bytes with x ≈ scale·q; gives the scale.
  package let quantizeSymmetric:
    @Sendable (UnsafePointer<Float>, UnsafeMutableRawPointer, Int) -> Float
  /// Turns rows into columns: source, its row stride in bytes, rows, numbers in a row, target, its
  /// row stride in bytes.
  package typealias Transposition =
    @Sendable (UnsafeRawPointer, Int, Int, Int, UnsafeMutableRawPointer, Int) -> Void
  /// Of 16-bit numbers.
  package let transposeHalves: Transposition
  /// Of 32-bit words.
  package let transposeWords: Transposition
  /// x·Φ(x), by the error function.
  package let gelu: InPlace
  /// x·σ(1.702 x)
  package let quickGELU: InPlace
  /// max(x, 0)
  package let relu: InPlace
  /// ½x(1 + tanh(√(2/π)(x + 0.044715 x³)))
  package let tanhGELU: InPlace
  /// x·σ(x)
  package let silu: InPlace
  /// Of two rows: x, y, out, count.
  package typealias Pairwise =
    @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  /// out ← x·y
  package let multiply: Pairwise
  /// out ← silu(gate)·up: gate, up, out, count.
  package let swiGLU: Pairwise
  /// Of count numbers x by angles: x, cosines, sines, out, count.
  package typealias Rotation =
    @Sendable (
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>,
      UnsafeMutablePointer<Float>, Int
    ) -> Void
  /// out ← x·cosines + (−x₁, x₀)·sines for pairs of neighbours.
  package let rotate: Rotation
  /// The same for pairs of which one number stands in either half, with as many cosines as pairs.
  package let rotateHalves: Rotation
  package let layerNorm: @Sendable (LayerNormRow) -> Void
  /// out ← x / √(mean(x²) + ε) · weight: x, weight, ε, out, count.
  package typealias RMSNorm =
    @Sendable (
      UnsafePointer<Float>, UnsafePointer<Float>, Float, UnsafeMutablePointer<Float>, Int
    ) -> Void
  package let rmsNorm: RMSNorm
  /// The largest of count numbers; −∞ of none.
  package let maximum: @Sendable (UnsafePointer<Float>, Int) -> Float
  /// x ← exp((x − maximum)·scale) in place, and their sum.
  package let exponentiate:
    @Sendable (UnsafeMutablePointer<Float>, Int, _ maximum: Float, _ scale: Float) -> Float
  package let filterRow: @Sendable (ByteRowFilter) -> Void
  package let filterColumns: @Sendable (ByteColumnFilter) -> Void
  package let scoreRows: @Sendable (RowScores) -> Void
  package let scoreCodes: @Sendable (CodeScores) -> Void
  /// Writes the places of count numbers that are not below a limit, NaN among them; gives how many
  /// these are.
  package let select:
    @Sendable (UnsafePointer<Float>, Int, _ limit: Float, UnsafeMutablePointer<Int32>) -> Int

  /// Runs the arithmetic of a format for so many steps on a scratch of 512 floats, for measuring
  /// what the processor can do; gives the operations.
  package let peak: @Sendable (WeightFormat, Int, UnsafeMutablePointer<Float>) -> Int

  package init(
    instructionSet: InstructionSet, panelWidth: Int,
    panelProduct: @escaping @Sendable (PanelProduct) -> Void,
    attention: @escaping @Sendable (AttentionProduct) -> Void,
    widenF16: @escaping Widening, widenBF16: @escaping Widening,
    narrow: @escaping @Sendable (UnsafePointer<Float>, UnsafeMutableRawPointer, Int) -> Void,
    pair:
      @escaping @Sendable (
        UnsafePointer<Float>, UnsafePointer<Float>?, UnsafeMutableRawPointer, Int
      ) -> Void,
    quantize:
      @escaping @Sendable (
        UnsafePointer<Float>, UnsafeMutableRawPointer, Int, UnsafeMutablePointer<Float>
      ) -> Void,
    quantizeSymmetric:
      @escaping @Sendable (UnsafePointer<Float>, UnsafeMutableRawPointer, Int) -> Float,
    transposeHalves: @escaping Transposition, transposeWords: @escaping Transposition,
    gelu: @escaping InPlace, quickGELU: @escaping InPlace, relu: @escaping InPlace,
    tanhGELU: @escaping InPlace, silu: @escaping InPlace, multiply: @escaping Pairwise,
    swiGLU: @escaping Pairwise, rotate: @escaping Rotation, rotateHalves: @escaping Rotation,
    layerNorm: @escaping @Sendable (LayerNormRow) -> Void, rmsNorm: @escaping RMSNorm,
    maximum: @escaping @Sendable (UnsafePointer<Float>, Int) -> Float,
    exponentiate: @escaping @Sendable (UnsafeMutablePointer<Float>, Int, Float, Float) -> Float,
    filterRow: @escaping @Sendable (ByteRowFilter) -> Void,
    filterColumns: @escaping @Sendable (ByteColumnFilter) -> Void,
    scoreRows: @escaping @Sendable (RowScores) -> Void,
    scoreCodes: @escaping @Sendable (CodeScores) -> Void,
    select:
      @escaping @Sendable (UnsafePointer<Float>, Int, Float, UnsafeMutablePointer<Int32>) -> Int,
    peak: @escaping @Sendable (WeightFormat, Int, UnsafeMutablePointer<Float>) -> Int
  ) {
    self.instructionSet = instructionSet
    self.panelWidth = panelWidth
    self.panelProduct = panelProduct
    self.attention = attention
    self.widenF16 = widenF16
    self.widenBF16 = widenBF16
    self.narrow = narrow
    self.pair = pair
    self.quantize = quantize
    self.quantizeSymmetric = quantizeSymmetric
    self.transposeHalves = transposeHalves
    self.transposeWords = transposeWords
    self.gelu = gelu
    self.quickGELU = quickGELU
    self.relu = relu
    self.tanhGELU = tanhGELU
    self.silu = silu
    self.multiply = multiply
    self.swiGLU = swiGLU
    self.rotate = rotate
    self.rotateHalves = rotateHalves
    self.layerNorm = layerNorm
    self.rmsNorm = rmsNorm
    self.maximum = maximum
    self.exponentiate = exponentiate
    self.filterRow = filterRow
    self.filterColumns = filterColumns
    self.scoreRows = scoreRows
    self.scoreCodes = scoreCodes
    self.select = select
    self.peak = peak
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
