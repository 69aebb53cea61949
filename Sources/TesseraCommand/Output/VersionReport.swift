import TesseraKernels
import TesseraTensors

/// What `--version` says.
enum VersionReport {
  static let version = "0.1.0"

  static func write(isVerbose: Bool) throws {
    let output = try OutputFile(path: nil)
    try output.write(version + "\n")
    if isVerbose {
      let selection = KernelTable.selection
      let sets = KernelTable.availableTables.map(\.instructionSet.rawValue)
      let set = selection.table.instructionSet
      try output.write(
        "kernels: \(set.rawValue)\(selection.isForced ? ", as TESSERA_ISA says" : "")\n")
      try output.write("possible here: \(sets.joined(separator: ", "))\n")
      try output.write("products: \(ProductCode.current.rawValue)\n")
      try output.write(
        "precisions: float32, \(set.hasBF16 ? "bfloat16, int8" : "int8 (no bfloat16 instruction)")\n"
      )
      try output.write("threads: \(Parallel.threadCount)\n")
      if let notice = selection.notice { StandardError.note(notice) }
    }
    try output.finish()
  }
}
