import TesseraLayers
import TesseraTensors

/// A sentence encoder that reads texts of some tasks by weights of their own.
struct TaskEncoder<Tower: StudiedTower>: StudiedModel {
  private let plain: SentenceEncoder<Tower>
  private let adapted: [String: SentenceEncoder<Tower>]

  /// - Parameters:
  ///   - plain: for texts without a task.
  ///   - adapted: by the tasks' names.
  init(_ plain: SentenceEncoder<Tower>, adapted: [String: SentenceEncoder<Tower>]) {
    self.plain = plain
    self.adapted = adapted
  }

  private func encoder(of task: String?) -> SentenceEncoder<Tower> {
    task.flatMap { adapted[$0] } ?? plain
  }

  var dimension: Int { plain.dimension }
  var isNormalizing: Bool { plain.isNormalizing }

  /// Texts of one task are computed together.
  func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let tasks = Dictionary(grouping: inputs.indices) { inputs[$0].adapter }
    let results = try tasks.flatMap { task, places in
      zip(places, try encoder(of: task)(places.map { inputs[$0] }, kinds, trace: trace))
    }
    return results.sorted { $0.0 < $1.0 }.map(\.1)
  }

  func canDissect(_ input: ModelInput) -> Bool { encoder(of: input.adapter).canDissect(input) }

  func pooledRows(of input: ModelInput) -> [Int] {
    encoder(of: input.adapter).pooledRows(of: input)
  }

  func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int,
    progress: (Int) throws -> Void
  ) throws -> [Tensor] {
    try encoder(of: input.adapter).vectors(
      of: input, leavingOut: groups, batchRows: batchRows, progress: progress)
  }

  func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try encoder(of: input.adapter).dissect(input, along: direction, sources: sources)
  }
}
