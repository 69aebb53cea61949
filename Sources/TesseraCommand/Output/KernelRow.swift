import ArgumentParser
import TesseraEmbedders
import TesseraJSON
import TesseraKernelBenchmarks
import TesseraStudy

/// What `bench kernels` says of a kernel.
struct KernelRow {
  enum Format: String, ExpressibleByArgument, CaseIterable { case table, csv, json }

  private let measurement: KernelMeasurement
  private let machine: MachineMeasurement

  init(_ measurement: KernelMeasurement, _ machine: MachineMeasurement) {
    self.measurement = measurement
    self.machine = machine
  }

  private var name: String { measurement.benchmark.name }
  private var isProduct: Bool { measurement.benchmark.operations > 0 }
  private var percentOfLimit: Double {
    isProduct
      ? 100 * measurement.gigaflops / machine.gigaflops
      : 100 * measurement.gigabytes / machine.gigabytes
  }
  private var timesNaive: Double { measurement.naiveSeconds / measurement.seconds }
  private var timesOpenBLAS: Double? {
    measurement.openBLASSeconds.map { $0 / measurement.seconds }
  }

  /// Names of the columns, the same in CSV and JSON.
  private static let columns = [
    "kernel", "ms", "gflops", "gigabytes_per_second", "percent_of_limit", "times_naive",
    "times_openblas",
  ]

  static func header(_ format: Format) -> String {
    switch format {
    case .table:
      "kernel" + String(repeating: " ", count: 49)
        + "        ms  GFLOP/s     GB/s  % limit  × naive  × OpenBLAS\n"
    case .csv: columns.joined(separator: ",") + "\n"
    case .json: ""
    }
  }

  func text(_ format: Format) -> String {
    switch format {
    case .table: tableRow
    case .csv: csvRow
    case .json: jsonRow
    }
  }

  private var tableRow: String {
    name + String(repeating: " ", count: max(1, 55 - name.count))
      + Decimals.text(Float(measurement.seconds * 1000), digits: 3, width: 10)
      + (isProduct
        ? Decimals.text(Float(measurement.gigaflops), digits: 1, width: 9)
        : Decimals.pad("–", to: 9))
      + Decimals.text(Float(measurement.gigabytes), digits: 1, width: 9)
      + Decimals.text(Float(percentOfLimit), digits: 1, width: 9)
      + Decimals.text(Float(timesNaive), digits: 1, width: 9)
      + (timesOpenBLAS.map { Decimals.text(Float($0), digits: 2, width: 12) }
        ?? Decimals.pad("–", to: 12)) + "\n"
  }

  private var numbers: [Double?] {
    [
      measurement.seconds * 1000, isProduct ? measurement.gigaflops : nil, measurement.gigabytes,
      percentOfLimit, timesNaive, timesOpenBLAS,
    ]
  }

  /// RFC 4180; names hold commas.
  private var csvRow: String {
    (["\"\(name)\""] + numbers.map { $0.map { "\($0)" } ?? "" }).joined(separator: ",") + "\n"
  }

  private var jsonRow: String {
    JSONWriter.line { object in
      object.member("kernel", name)
      for (column, number) in zip(Self.columns.dropFirst(), numbers) {
        if let number { object.member(column, number) }
      }
    }
  }
}
