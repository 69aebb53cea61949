/// The instruction sets that the kernels are compiled for; those of x86-64 from the narrowest up.
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

  /// Whether products of bfloat16 numbers are an instruction.
  package var hasBF16: Bool { self == .avx512vnni }

  package static func < (a: InstructionSet, b: InstructionSet) -> Bool {
    a.width < b.width
  }

  private var width: Int {
    switch self {
    case .baseline, .neon: 0
    case .avx2: 1
    case .avx512: 2
    case .avx512vnni: 3
    }
  }
}
