import TesseraEmbedders
import TesseraJSON
import TesseraRetrieval

/// What `bench search` says.
struct SearchBenchmarkReport: Report {
  private let benchmark: SearchBenchmark
  private let measurement: SearchBenchmark.Measurement

  init(_ benchmark: SearchBenchmark, _ measurement: SearchBenchmark.Measurement) {
    self.benchmark = benchmark
    self.measurement = measurement
  }

  private var rows: Int { benchmark.rowCount }
  private var dimension: Int { benchmark.queries.rowWidth }

  var json: String {
    JSONWriter.line { object in
      object.member("median_ms", measurement.milliseconds)
      object.member("rows", rows)
      object.member("dimensions", dimension)
      object.member("k", benchmark.k)
      object.member("batch", benchmark.batch)
      object.member("threads", Embedder.threadCount)
      object.member("precision", benchmark.precision.rawValue)
      object.member("recall", measurement.recall)
      object.member("rescored", measurement.rescored)
      object.member("reading_ms", measurement.readingMilliseconds)
      object.member("gigabytes_per_second", measurement.gigabytesPerSecond)
    }
  }

  var table: String {
    func number(_ value: Double, _ digits: Int) -> String {
      Decimals.text(Float(value), digits: digits, width: 0)
    }
    let ratio = measurement.milliseconds / measurement.readingMilliseconds
    var lines = [
      "\(rows) × \(dimension), \(benchmark.precision.rawValue), best \(benchmark.k), "
        + "\(benchmark.batch) at once, \(Embedder.threadCount) threads",
      "a query            \(number(measurement.milliseconds, 3)) ms, "
        + "\(number(ratio, 2)) of reading the vectors",
      "reading the vectors  \(number(measurement.readingMilliseconds, 3)) ms, "
        + "\(number(measurement.gigabytesPerSecond, 1)) GB/s",
      "recall             \(number(measurement.recall, 4))",
    ]
    if benchmark.precision == .int8 {
      lines.append("scored again       \(number(measurement.rescored, 1)) rows a query")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
