import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// A linear layer with what each task adds, A and B of all tasks in one tensor each, as PyTorch's
/// `parametrize` names them: [tasks, rank, inputs] and [tasks, outputs, rank].
struct AdaptedLinear {
  /// One, or those that the checkpoint holds stacked.
  private let parts: [Linear]
  /// What each task adds to each part.
  private let adapters: [[LowRankAdapter]]

  init(
    _ weights: Weights, inputs: Int, outputs: [Int], _ adapters: JinaV3Config.Adapters?
  ) throws {
    let all = outputs.reduce(0, +)
    var ranges: [Range<Int>] = []
    for count in outputs {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + count)
    }
    let matrix = try weights.matrix(
      adapters == nil ? "weight" : Parametrization.original, outputs: all, inputs: inputs)
    let bias = try weights.tensor("bias", shape: [all]).widened()
    parts = ranges.map {
      Linear(
        path: weights.path, weight: matrix.rows($0), precision: weights.precision,
        bias: bias.rows($0))
    }
    self.adapters =
      try adapters.map { adapters in
        let count = adapters.tasks.count
        let down = try weights.tensor(
          Parametrization.down, shape: [count, adapters.rank, inputs])
        let up = try weights.tensor(
          Parametrization.up, shape: [count, all, adapters.rank])
        return (0..<count).map { task in
          ranges.map {
            LowRankAdapter(
              down: down.matrix(task), up: up.matrix(task).rows($0), scale: adapters.scale)
          }
        }
      } ?? []
  }

  /// - Parameter task: nil for what the layer is without one.
  func parts(task: Int?) -> [Linear] {
    guard let task else { return parts }
    return zip(parts, adapters[task]).map { $0.adapted(by: $1) }
  }

  /// The one part.
  func whole(task: Int?) -> Linear { parts(task: task)[0] }
}

/// A table with what each task adds: A is [tasks, count, rank], and B [tasks, rank, C].
struct AdaptedTable {
  private let table: EmbeddingTable
  private let adapters: [LowRankRows]

  init(
    _ weights: Weights, count: Int, width: Int, _ adapters: JinaV3Config.Adapters?
  ) throws {
    guard let adapters else {
      table = try EmbeddingTable(weights, count: count, width: width)
      self.adapters = []
      return
    }
    table = try EmbeddingTable(
      weights, tensor: Parametrization.original, count: count, width: width)
    let tasks = adapters.tasks.count
    let rows = try weights.tensor(
      Parametrization.down, shape: [tasks, count, adapters.rank])
    let up = try weights.tensor(
      Parametrization.up, shape: [tasks, adapters.rank, width])
    self.adapters = (0..<tasks).map {
      LowRankRows(rows: rows.matrix($0), up: up.matrix($0), scale: adapters.scale)
    }
  }

  func table(task: Int?) -> EmbeddingTable { table.adapted(by: task.map { adapters[$0] }) }
}

extension StoredTensor {
  /// One matrix of several.
  fileprivate func matrix(_ index: Int) -> StoredTensor {
    rows(index..<index + 1).reshaped(Array(shape.dropFirst()))
  }
}
