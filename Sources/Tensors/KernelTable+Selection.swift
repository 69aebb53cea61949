import CTesseraIntrinsics
import TesseraKernels
import TesseraKernelsBaseline

#if WIDE_KERNELS && arch(x86_64)
  import TesseraKernelsAVX2
  import TesseraKernelsAVX512
  import TesseraKernelsAVX512VNNI
#elseif WIDE_KERNELS && arch(arm64)
  import TesseraKernelsDotProduct
  import TesseraKernelsI8MM
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension KernelTable {
  /// The kernels that this process uses.
  package static var active: KernelTable { selection.table }

  /// What was chosen at start, and why.
  package struct Selection: Sendable {
    package let table: KernelTable
    /// Whether `TESSERA_ISA` decided.
    package let isForced: Bool
    /// Why `TESSERA_ISA` was not followed, for people to read.
    package let notice: String?
  }

  /// The widest instruction set that both CPU and build have, or the one that the environment
  /// variable `TESSERA_ISA` names (`baseline`, `avx2`, `avx512`, `avx512vnni`; `neon`, `dotprod`,
  /// `i8mm`). A name that does not exist or cannot run here changes nothing but `notice`.
  package static let selection: Selection = {
    let available = availableTables
    let widest = available.last ?? TesseraKernelsBaseline.kernels
    guard let name = getenv("TESSERA_ISA").map({ String(cString: $0) }), !name.isEmpty else {
      return Selection(table: widest, isForced: false, notice: nil)
    }
    if let table = available.first(where: { $0.instructionSet.rawValue == name }) {
      return Selection(table: table, isForced: true, notice: nil)
    }
    let names = available.map(\.instructionSet.rawValue).joined(separator: ", ")
    return Selection(
      table: widest, isForced: false,
      notice: "TESSERA_ISA is \"\(name)\"; expected one of: \(names). "
        + "Using \(widest.instructionSet.rawValue).")
  }()

  /// The tables that can run here, from the narrowest up. Others are not touched: even the code
  /// that sets up a table is compiled for its instruction set. What is no wider than the baseline
  /// as this build has it (`-Xcc -march=native` makes it wide) is left out.
  package static var availableTables: [KernelTable] {
    var tables = [TesseraKernelsBaseline.kernels]
    #if WIDE_KERNELS
      let baseline = tables[0].instructionSet
      #if arch(x86_64)
        if baseline < .avx2, cpu_supports_avx2_kernels() {
          tables.append(TesseraKernelsAVX2.kernels)
        }
        if baseline < .avx512, cpu_supports_avx512_kernels() {
          tables.append(TesseraKernelsAVX512.kernels)
        }
        if baseline < .avx512vnni, cpu_supports_avx512vnni_kernels() {
          tables.append(TesseraKernelsAVX512VNNI.kernels)
        }
      #elseif arch(arm64)
        if baseline < .dotprod, cpu_supports_dotprod_kernels() {
          tables.append(TesseraKernelsDotProduct.kernels)
        }
        if baseline < .i8mm, cpu_supports_i8mm_kernels() {
          tables.append(TesseraKernelsI8MM.kernels)
        }
      #endif
    #endif
    return tables
  }

  /// The widest set of this processor for which kernels can be compiled, in whatever build.
  package static var widestSetOfProcessor: InstructionSet {
    #if arch(arm64)
      if cpu_supports_i8mm_kernels() {
        .i8mm
      } else if cpu_supports_dotprod_kernels() {
        .dotprod
      } else {
        .neon
      }
    #else
      if cpu_supports_avx512vnni_kernels() {
        .avx512vnni
      } else if cpu_supports_avx512_kernels() {
        .avx512
      } else if cpu_supports_avx2_kernels() {
        .avx2
      } else {
        .baseline
      }
    #endif
  }
}
