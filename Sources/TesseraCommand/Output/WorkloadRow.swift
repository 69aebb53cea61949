import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// What `bench` says of a workload.
struct WorkloadRow {
  private let measurement: WorkloadMeasurement
  private let precision: Precision
  private let machine: MachineMeasurement

  init(
    _ measurement: WorkloadMeasurement, _ precision: Precision, _ machine: MachineMeasurement
  ) {
    self.measurement = measurement
    self.precision = precision
    self.machine = machine
  }

  private var percentOfPeak: Double { 100 * measurement.gigaflops / machine.gigaflops }

  static let header = "workload           median ms    min ms  GFLOP/s  % peak   tokens/s\n"

  var text: String {
    let name = measurement.workload.description
    return name + String(repeating: " ", count: max(1, 16 - name.count))
      + Decimals.text(Float(measurement.median * 1000), digits: 2, width: 12)
      + Decimals.text(Float(measurement.minimum * 1000), digits: 2, width: 10)
      + Decimals.text(Float(measurement.gigaflops), digits: 1, width: 9)
      + Decimals.text(Float(percentOfPeak), digits: 1, width: 8)
      + Decimals.text(Float(measurement.tokensPerSecond), digits: 0, width: 11) + "\n"
  }

  /// An object and a line feed.
  var json: String {
    JSONWriter.line { object in
      object.member("workload", measurement.workload.description)
      object.member("precision", precision.rawValue)
      object.member("threads", Embedder.threadCount)
      object.member("median_ms", measurement.median * 1000)
      object.member("min_ms", measurement.minimum * 1000)
      object.member("gflops", measurement.gigaflops)
      object.member("peak_gflops", machine.gigaflops)
      object.member("percent_of_peak", percentOfPeak)
      object.member("tokens_per_second", measurement.tokensPerSecond)
    }
  }
}
