import ArgumentParser
import TesseraEmbedders
import TesseraStudy

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times a model's passes (bench -m MODEL), kernels (bench kernels), or bench search.",
    subcommands: [
      BenchModelCommand.self, BenchKernelsCommand.self, BenchSearchCommand.self,
    ],
    defaultSubcommand: BenchModelCommand.self)
}

struct BenchModelCommand: ParsableCommand, CheckedArguments {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Times forward passes of made-up items, without reading files or words.",
    discussion: "What is said of the machine's peak and bandwidth is measured on the spot.")

  @OptionGroup var model: ModelOptions
  @Option(
    help: ArgumentHelp(
      "\"text 8x128\" (batch x tokens), \"image 1\" (batch), \"pair 1x16\", or \"lengths 256\"; "
        + "repeatable.",
      discussion: "\"lengths 256\" is so many texts of 8 to 400 tokens, short and long mixed."))
  var workload = ["text 1x128"]
  @Flag(help: "Split a pass by operation, run one by one; as json, by layer and operation.")
  var layers = false
  @Option(
    parsing: .unconditional,
    help: "Seconds of repetitions for each workload, after two to warm up.")
  var seconds = 2.0
  @Option(parsing: .unconditional, help: "Repetitions of each workload at least.") var repetitions =
    5
  @Option(help: "table, or json: an object a line.") var format = ReportFormat.table

  func check() throws {
    for text in workload where Workload(text) == nil {
      throw ValidationError(
        "The workload \"\(text)\" is none of \"text BxT\", \"image B\", \"pair BxT\", "
          + "\"lengths B\".")
    }
    guard seconds > 0 else {
      throw ValidationError("--seconds is \(seconds); expected a positive number.")
    }
    guard repetitions > 0 else {
      throw ValidationError("--repetitions is \(repetitions); expected a positive number.")
    }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    let output = try OutputFile(path: nil)
    let machine = MachineMeasurement(embedder.precision)
    if format == .table && !layers { try output.write(WorkloadRow.header) }
    let progress = Progress("timed", total: workload.count)
    for workload in workload.compactMap(Workload.init) {
      if layers {
        let profile = try embedder.profile(workload, seconds: seconds)
        let table = LayerTable(profile, machine)
        try output.write(format == .table ? table.text : table.jsonLines)
      } else {
        let row = WorkloadRow(
          try embedder.measure(workload, seconds: seconds, repetitions: repetitions),
          embedder.precision, machine)
        try output.write(format == .table ? row.text : row.json)
      }
      try output.flush()
      progress.advance()
    }
    progress.end()
    try output.finish()
  }
}
