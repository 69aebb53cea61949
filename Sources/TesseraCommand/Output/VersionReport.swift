import TesseraEmbedders
import TesseraKernels
import TesseraTensors

/// What `--version` says.
enum VersionReport {
  static func write(isVerbose: Bool) throws {
    let output = try OutputFile(path: nil)
    try output.write(TesseraBuild.version + "\n")
    if isVerbose {
      let choice = KernelTable.choice
      try output.write(
        "kernels: \(TesseraBuild.kernels)\(choice.isForced ? ", as TESSERA_ISA says" : "")\n")
      try output.write(
        "possible here: \(TesseraBuild.availableKernels.joined(separator: ", "))\n")
      try output.write("processor: \(TesseraBuild.processor)\n")
      try output.write("products: \(KernelChoice.current.rawValue)\n")
      let hasBF16 = choice.table.instructionSet.hasBF16
      try output.write(
        "precisions: float32, \(hasBF16 ? "bfloat16, int8" : "int8 (no bfloat16 instruction)")\n")
      try output.write("threads: \(Parallel.threadCount)\n")
      if let advice = TesseraBuild.advice { try output.write("faster: \(advice)\n") }
      if let notice = choice.notice { StandardError.write("note: \(notice)") }
    }
    try output.finish()
  }
}
