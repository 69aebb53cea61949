internal import CTesseraIntrinsics
import TesseraKernels

private var instructionSet: InstructionSet {
  switch compiled_set() {
  case set_avx2: .avx2
  case set_avx512: .avx512
  case set_avx512vnni: .avx512vnni
  case set_neon: .neon
  case set_dotprod: .dotprod
  case set_i8mm: .i8mm
  default: .baseline
  }
}

/// The kernels as this target's flags compile them. Same source, one target an instruction set.
package let kernels = KernelTable(
  instructionSet: instructionSet, panelWidth: panelWidth,
  panelProduct: { multiplyPanel($0) }, attention: { attend($0) },
  widenF16: { widenF16($0, $1, $2) }, widenBF16: { widenBF16($0, $1, $2) },
  narrow: { narrow($0, $1, $2) }, pair: { pair($0, $1, $2, $3) },
  quantize: { quantize($0, $1, $2, $3) },
  quantizeSymmetric: { quantizeSymmetric($0, $1, $2) },
  transposeHalves: { transposeHalves($0, $1, $2, $3, $4, $5) },
  transposeWords: { transposeWords($0, $1, $2, $3, $4, $5) },
  gelu: { gelu($0, $1) }, quickGELU: { quickGELU($0, $1) }, relu: { relu($0, $1) },
  tanhGELU: { tanhGELU($0, $1) }, silu: { silu($0, $1) },
  multiply: { multiply($0, $1, $2, $3) },
  swiGLU: { swiGLU($0, $1, $2, $3) }, rotate: { rotate($0, $1, $2, $3, $4) },
  rotateHalves: { rotateHalves($0, $1, $2, $3, $4) },
  layerNorm: { layerNorm($0) }, rmsNorm: { rmsNorm($0, $1, $2, $3, $4) },
  maximum: { maximum($0, $1) }, exponentiate: { exponentiate($0, $1, $2, $3) },
  filterRow: { filterRow($0) }, filterColumns: { filterColumns($0) },
  scoreRows: { scoreRows($0) }, scoreCodes: { scoreCodes($0) },
  select: { select($0, $1, $2, $3) },
  peak: { runPeak($0, $1, $2) })
