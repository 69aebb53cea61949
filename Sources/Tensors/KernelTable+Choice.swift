import CTesseraIntrinsics
import TesseraKernels
import TesseraKernelsBaseline

#if WIDE_KERNELS
  import TesseraKernelsAVX2
  import TesseraKernelsAVX512
  import TesseraKernelsAVX512VNNI
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
  package static var active: KernelTable { choice.table }

  /// What was chosen at start, and why.
  package struct Choice: Sendable {
    package let table: KernelTable
    /// Whether `TESSERA_ISA` decided.
    package let isForced: Bool
    /// Why `TESSERA_ISA` was not followed, for people to read.
    package let notice: String?
  }

  /// The widest instruction set that both CPU and build have, or the one that the environment
  /// variable `TESSERA_ISA` names (`baseline`, `avx2`, `avx512`, `avx512vnni`,
  /// `neon`). A name that does not exist
  /// or cannot run here changes nothing but `notice`.
  package static let choice: Choice = {
    let available = availableTables
    let widest = available.last ?? TesseraKernelsBaseline.kernels
    guard let name = getenv("TESSERA_ISA").map({ String(cString: $0) }), !name.isEmpty else {
      return Choice(table: widest, isForced: false, notice: nil)
    }
    if let table = available.first(where: { $0.instructionSet.rawValue == name }) {
      return Choice(table: table, isForced: true, notice: nil)
    }
    let names = available.map(\.instructionSet.rawValue).joined(separator: ", ")
    return Choice(
      table: widest, isForced: false,
      notice: "TESSERA_ISA is \"\(name)\"; expected one of: \(names). "
        + "Using \(widest.instructionSet.rawValue).")
  }()

  /// The tables that can run here, from the narrowest up. Others are not touched: even the code
  /// that sets up a table is compiled for its instruction set.
  package static var availableTables: [KernelTable] {
    var tables = [TesseraKernelsBaseline.kernels]
    #if WIDE_KERNELS
      if cpu_supports_avx2_kernels() { tables.append(TesseraKernelsAVX2.kernels) }
      if cpu_supports_avx512_kernels() { tables.append(TesseraKernelsAVX512.kernels) }
      if cpu_supports_avx512vnni_kernels() { tables.append(TesseraKernelsAVX512VNNI.kernels) }
    #endif
    return tables
  }
}
