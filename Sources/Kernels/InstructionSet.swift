/// The instruction sets that the kernels are compiled for; those of an architecture from the narrowest
/// up.
package enum InstructionSet: String, Sendable, CaseIterable, Comparable {
  /// What every CPU of the architecture has: SSE2 on x86-64.
  case baseline
  /// With FMA and F16C: Intel since Haswell, AMD since Zen.
  case avx2
  /// F, BW, VL and DQ: Intel since Skylake-X, AMD since Zen 4.
  case avx512
  /// With VNNI and BF16 besides: Intel since Sapphire Rapids, AMD since Zen 4.
  case avx512vnni
  /// Every 64-bit ARM.
  case neon
  /// With products of four bytes (FEAT_DotProd): Cortex-A76, Neoverse N1, Apple's M1.
  case dotprod
  /// With products of matrices of bytes besides (FEAT_I8MM): Cortex-A710, Neoverse V1, Apple's M2.
  case i8mm

  /// Whether products of bfloat16 numbers are an instruction whose sums are float32's.
  ///
  /// ARM's are not: BFDOT and BFMMLA round each sum to odd and take subnormal numbers for zeros, unless
  /// the processor has FEAT_EBF16 and a control register says otherwise. There, bfloat16 is
  /// `Arithmetic.bfloat16Weights`, which is nearer to float32, and the same bits on every ARM.
  package var hasBF16: Bool { self == .avx512vnni }

  package static func < (a: InstructionSet, b: InstructionSet) -> Bool {
    a.width < b.width
  }

  private var width: Int {
    switch self {
    case .baseline, .neon: 0
    case .avx2, .dotprod: 1
    case .avx512, .i8mm: 2
    case .avx512vnni: 3
    }
  }
}
