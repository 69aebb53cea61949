import ArgumentParser
import Embedders
import JSON

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times forward passes of made-up items, without reading files or words.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  @OptionGroup var model: ModelOptions
  @Option(
    help: "\"text 8x128\" (batch x tokens), \"image 1\" (batch) or \"pair 1x16\"; repeatable.")
  var workload = ["text 1x128"]
  @Option(help: "Seconds of repetitions for each workload, after one to warm up.")
  var seconds = 2.0
  @Option(help: "table, or json: an object a line.") var format = Format.table

  func validate() throws {
    for text in workload where Workload(text) == nil {
      throw ValidationError(
        "The workload \"\(text)\" is none of \"text BxT\", \"image B\", \"pair BxT\".")
    }
    guard seconds > 0 else { throw ValidationError("--seconds must be positive.") }
  }

  func run() throws {
    let embedder = try model.loadEmbedder()
    let output = try OutputFile(path: nil)
    if format == .table {
      try output.write("workload           median ms    min ms  GFLOP/s   tokens/s\n")
    }
    for workload in workload.compactMap(Workload.init) {
      let measurement = try embedder.measure(workload, seconds: seconds)
      try output.write(format == .table ? row(measurement) : json(measurement, embedder))
      try output.flush()
    }
    try output.finish()
  }

  private func row(_ measurement: WorkloadMeasurement) -> String {
    let name = measurement.workload.description
    return name + String(repeating: " ", count: max(1, 16 - name.count))
      + Decimals.text(Float(measurement.median * 1000), digits: 2, width: 12)
      + Decimals.text(Float(measurement.minimum * 1000), digits: 2, width: 10)
      + Decimals.text(Float(measurement.gigaflops), digits: 1, width: 9)
      + Decimals.text(Float(measurement.tokensPerSecond), digits: 0, width: 11) + "\n"
  }

  private func json(_ measurement: WorkloadMeasurement, _ embedder: Embedder) -> String {
    var json = JSONWriter()
    json.writeObject { object in
      object.member("workload") { $0.write(measurement.workload.description) }
      object.member("precision") { $0.write(embedder.precision.rawValue) }
      object.member("threads") { $0.write(Embedder.threadCount) }
      object.member("median_ms") { $0.write(measurement.median * 1000) }
      object.member("min_ms") { $0.write(measurement.minimum * 1000) }
      object.member("gflops") { $0.write(measurement.gigaflops) }
      object.member("tokens_per_second") { $0.write(measurement.tokensPerSecond) }
    }
    return json.text + "\n"
  }
}
