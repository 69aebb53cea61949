import TesseraKernels
import TesseraTensors

/// This build of the package, and the kernels that it runs on this machine.
///
/// Kernels have the names of their instruction sets: `baseline`, `avx2`, `avx512` and `avx512vnni`
/// on x86-64, `neon`, `dotprod` and `i8mm` on ARM. Programs that log one line at their start know
/// later why one machine was slower than another.
public enum TesseraBuild {
  /// The package's version, as its tag has it.
  public static let version = "0.1.0"

  /// The kernels in use, chosen once in a process.
  public static var kernels: String { KernelTable.selection.table.instructionSet.rawValue }

  /// The kernels of this build that this processor can run, from the narrowest up.
  public static var availableKernels: [String] {
    KernelTable.availableTables.map(\.instructionSet.rawValue)
  }

  /// The widest kernels that this processor could run, whether or not this build has them.
  public static var processor: String { KernelTable.widestSetOfProcessor.rawValue }

  /// How to get more speed out of this machine, in a line; nil where nothing is left to do.
  public static var advice: String? {
    let choice = KernelTable.selection
    let used = choice.table.instructionSet
    if used < KernelTable.widestSetOfProcessor {
      return choice.isForced
        ? "TESSERA_ISA keeps the kernels at \(used.rawValue)"
        : "built without kernels for \(processor): swift build -c release -Xcc -march=native"
    }
    #if DEBUG
      return "a debug build: swift build -c release"
    #else
      return nil
    #endif
  }
}
