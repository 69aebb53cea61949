import TesseraEmbedders
import TesseraKernels
import TesseraTensors

/// What `--version` says.
enum VersionReport {
  static func write(isVerbose: Bool) throws {
    let output = try OutputFile(path: nil)
    try output.write(TesseraBuild.version + "\n")
    if isVerbose {
      let selection = KernelTable.selection
      try output.write(
        "kernels: \(TesseraBuild.kernels)\(selection.isForced ? ", as TESSERA_ISA says" : "")\n")
      try output.write(
        "possible here: \(TesseraBuild.availableKernels.joined(separator: ", "))\n")
      try output.write("processor: \(TesseraBuild.processor)\n")
      try output.write("products: \(ProductCode.current.rawValue)\n")
      let bf16 =
        Arithmetic.hasFastBF16 ? "" : " (of weights alone: float32 products are as fast here)"
      try output.write("precisions: float32, bfloat16\(bf16), int8, int4\n")
      try output.write("threads: \(Parallel.threadCount)\n")
      if let advice = TesseraBuild.advice { try output.write("faster: \(advice)\n") }
      if let notice = selection.notice { StandardError.note(notice) }
    }
    try output.finish()
  }
}
