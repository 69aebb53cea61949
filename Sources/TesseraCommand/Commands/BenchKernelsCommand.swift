import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraKernelBenchmarks
import TesseraStudy

struct BenchKernelsCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Times each kernel alone, beside its plain twin and OpenBLAS.",
    discussion: """
      Each is compared with its twin before it is timed. A product's limit is the machine's \
      arithmetic, that of other kernels its memory (a cache can be faster), both measured on the \
      spot.
      """)

  @OptionGroup var noise: NoiseOptions
  @Option(help: "Only kernels whose name contains this; repeatable.") var only: [String] = []
  @Option(
    parsing: .unconditional,
    help: "Threads that compute; as many as there are processors by default.")
  var threads: Int?
  @Option(parsing: .unconditional, help: "Seconds for each kernel.") var seconds = 0.3
  @Option(help: "table, csv, or json: an object a line.") var format = KernelRow.Format.table
  @Option(
    name: .shortAndLong, help: "File for the rows; standard output by default.", completion: .file()
  )
  var output: String?

  func check() throws {
    guard seconds > 0 else {
      throw ValidationError("--seconds is \(seconds); expected a positive number.")
    }
    if let threads, threads <= 0 {
      throw ValidationError("--threads is \(threads); expected a positive number.")
    }
  }

  func run() throws {
    if let threads { Embedder.threadCount = threads }
    let chosen = KernelBenchmark.all.filter { benchmark in
      only.isEmpty || only.contains { benchmark.name.contains($0) }
    }
    guard !chosen.isEmpty else {
      throw ValidationError("No kernel's name contains \(only.joined(separator: ", ")).")
    }
    var machines: [String: MachineMeasurement] = [:]
    let file = try OutputFile(path: output)
    try file.write(KernelRow.header(format))
    let progress = Progress("timed", total: chosen.count)
    for benchmark in chosen {
      let precision = Precision(rawValue: benchmark.precision) ?? .float32
      let machine = machines[benchmark.precision] ?? MachineMeasurement(precision)
      machines[benchmark.precision] = machine
      let measurement = try KernelMeasurement(benchmark, duration: seconds)
      try file.write(KernelRow(measurement, machine).text(format))
      try file.flush()
      progress.advance()
    }
    progress.end()
    try file.finish()
  }
}
