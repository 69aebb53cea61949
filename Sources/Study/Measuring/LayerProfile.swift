import TesseraEmbedders
import TesseraLayers
import TesseraTensors

/// One forward pass, split by layer and operation.
public struct LayerProfile: Sendable {
  /// One operation of the pass, or several of one kind under one name.
  public struct Operation: Sendable {
    /// The module's path in the checkpoint; `*` stands for the numbers of layers summed up.
    public let path: String
    /// product, attention, rotary, norm, gate or lookup.
    public let kind: String
    /// Operations summed up.
    public let count: Int
    /// The median over the repetitions, summed up.
    public let seconds: Double
    /// Multiplications and additions of products; 0 for other kinds.
    public let operations: Double
    /// Bytes that must be read or written once, weights included.
    public let bytes: Double
  }

  /// What was measured.
  public let workload: Workload
  /// The whole pass, the median of the same repetitions.
  public let seconds: Double
  /// In the order of the computation.
  public let operations: [Operation]

  /// The same operations of all layers in one line.
  public var summedOverLayers: [Operation] {
    var order: [String] = []
    var sums: [String: Operation] = [:]
    for operation in operations {
      let path = operation.path.split(separator: ".", omittingEmptySubsequences: false)
        .map { $0.allSatisfy(\.isNumber) ? "*" : String($0) }.joined(separator: ".")
      let key = "\(path) \(operation.kind)"
      let old = sums[key]
      if old == nil { order.append(key) }
      sums[key] = Operation(
        path: path, kind: operation.kind, count: (old?.count ?? 0) + operation.count,
        seconds: (old?.seconds ?? 0) + operation.seconds,
        operations: (old?.operations ?? 0) + operation.operations,
        bytes: (old?.bytes ?? 0) + operation.bytes)
    }
    return order.compactMap { sums[$0] }
  }
}

/// What this machine can do at most, measured with as many threads as compute.
public struct MachineMeasurement: Sendable {
  /// Operations a second of products, in 10⁹.
  public let gigaflops: Double
  /// Bytes a second read from memory, in 10⁹.
  public let gigabytes: Double

  /// Measures a precision, for some tenths of a second.
  public init(_ precision: Precision) {
    let limits = MachineLimits(precision.arithmetic)
    gigaflops = limits.operationsPerSecond / 1e9
    gigabytes = limits.bytesPerSecond / 1e9
  }
}

extension Embedder {
  /// Times each operation of a workload's forward pass: `warmUps` times, then for `seconds`, at
  /// least five times.
  ///
  /// The operations are run one by one; an ordinary pass joins some, and takes less time than their
  /// sum.
  ///
  /// - Throws: `EmbedderError` for a workload that the model cannot take.
  public func profile(_ workload: Workload, seconds: Double = 1) throws -> LayerProfile {
    let inputs = try inputs(of: workload)
    func run() throws -> (seconds: Double, entries: [Profile.Entry]) {
      let profile = Profile()
      let start = ContinuousClock.now
      try Profile.$current.withValue(profile) { _ = try model(inputs, .dense, trace: nil) }
      return ((ContinuousClock.now - start) / .seconds(1), profile.entries)
    }
    for _ in 0..<Self.warmUps { _ = try run() }
    var runs = [try run()]
    while runs.count < 5 || runs.reduce(0, { $0 + $1.seconds }) < seconds { runs.append(try run()) }
    let operations = runs[0].entries.enumerated().map { index, entry in
      LayerProfile.Operation(
        path: entry.path, kind: entry.kind.rawValue, count: 1,
        seconds: Self.median(runs.map { $0.entries[index].seconds }),
        operations: entry.work.operations, bytes: entry.work.bytes)
    }
    return LayerProfile(
      workload: workload, seconds: Self.median(runs.map(\.seconds)), operations: operations)
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
