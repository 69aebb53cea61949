import TesseraEmbedders
import TesseraJSON
import TesseraStudy

/// What `bench --layers` says of a forward pass.
struct LayerTable {
  private let profile: LayerProfile
  private let machine: MachineMeasurement

  init(_ profile: LayerProfile, _ machine: MachineMeasurement) {
    self.profile = profile
    self.machine = machine
  }

  /// The same operation of all layers in one line, and what is left between the operations.
  var text: String {
    let operations = profile.summedOverLayers
    let names = operations.map { "\($0.path) (\($0.kind)) ×\($0.count)" }
    let width = (names.map(\.count).max() ?? 0) + 2
    let header = "\(profile.workload)"
    var text =
      header + String(repeating: " ", count: max(1, width - header.count))
      + "      ms  % time  GFLOP/s  % peak     GB/s  % bandwidth\n"
    for (name, operation) in zip(names, operations) {
      text += name + String(repeating: " ", count: width - name.count) + columns(operation) + "\n"
    }
    let rest = profile.seconds - operations.reduce(0) { $0 + $1.seconds }
    for (name, seconds) in [("between the operations", rest), ("the whole pass", profile.seconds)] {
      text += name + String(repeating: " ", count: max(1, width - name.count))
      text += Decimals.text(Float(seconds * 1000), digits: 3, width: 8)
      text += Decimals.text(Float(100 * seconds / profile.seconds), digits: 1, width: 8) + "\n"
    }
    let peak = Decimals.text(Float(machine.gigaflops), digits: 0, width: 0)
    let bandwidth = Decimals.text(Float(machine.gigabytes), digits: 1, width: 0)
    return text + "The machine's peak is \(peak) GFLOP/s, its bandwidth \(bandwidth) GB/s.\n"
  }

  private func columns(_ operation: LayerProfile.Operation) -> String {
    let rates = Rates(operation, machine)
    let share = 100 * operation.seconds / profile.seconds
    return Decimals.text(Float(operation.seconds * 1000), digits: 3, width: 8)
      + Decimals.text(Float(share), digits: 1, width: 8)
      + Decimals.text(Float(rates.gigaflops), digits: 1, width: 9)
      + Decimals.text(Float(rates.percentOfPeak), digits: 1, width: 8)
      + Decimals.text(Float(rates.gigabytes), digits: 1, width: 9)
      + Decimals.text(Float(rates.percentOfBandwidth), digits: 1, width: 13)
  }

  /// An object for each operation of each layer.
  var jsonLines: String {
    profile.operations.map { operation in
      let rates = Rates(operation, machine)
      return JSONWriter.line { object in
        object.member("workload", profile.workload.description)
        object.member("path", operation.path)
        object.member("operation", operation.kind)
        object.member("ms", operation.seconds * 1000)
        object.member("flop", operation.operations)
        object.member("bytes", operation.bytes)
        object.member("gflops", rates.gigaflops)
        object.member("percent_of_peak", rates.percentOfPeak)
        object.member("gigabytes_per_second", rates.gigabytes)
        object.member("percent_of_bandwidth", rates.percentOfBandwidth)
      }
    }.joined()
  }
}

/// How fast an operation was, absolutely and beside the machine's limits.
private struct Rates {
  let gigaflops: Double
  let percentOfPeak: Double
  let gigabytes: Double
  let percentOfBandwidth: Double

  init(_ operation: LayerProfile.Operation, _ machine: MachineMeasurement) {
    // A clock that did not move.
    let seconds = max(operation.seconds, 1e-9)
    gigaflops = operation.operations / seconds / 1e9
    percentOfPeak = 100 * gigaflops / machine.gigaflops
    gigabytes = operation.bytes / seconds / 1e9
    percentOfBandwidth = 100 * gigabytes / machine.gigabytes
  }
}
