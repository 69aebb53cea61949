/// The instruction sets that the kernels are compiled for.
package enum InstructionSet: String, Sendable, CaseIterable {
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
}
