import TesseraKernels
import TesseraTensors

/// What `--version` says.
enum VersionReport {
  static let version = "0.1.0"

  static func write(isVerbose: Bool) throws {
    let output = try OutputFile(path: nil)
    try output.write(version + "\n")
    if isVerbose {
      let choice = KernelTable.choice
      let sets = KernelTable.availableTables.map(\.instructionSet.rawValue)
      let set = choice.table.instructionSet
      try output.write(
        "kernels: \(set.rawValue)\(choice.isForced ? ", as TESSERA_ISA says" : "")\n")
      try output.write("possible here: \(sets.joined(separator: ", "))\n")
      try output.write("products: \(KernelChoice.current.rawValue)\n")
      try output.write(
        "precisions: float32, \(set.hasBF16 ? "bfloat16, int8" : "int8 (no bfloat16 instruction)")\n"
      )
      try output.write("threads: \(Parallel.threadCount)\n")
      if let notice = choice.notice { StandardError.note(notice) }
    }
    try output.finish()
  }
}
