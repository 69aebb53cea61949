import TesseraCheckpoints
import TesseraFiles
import TesseraLayers
import TesseraTensors

/// A change to one stage of a forward pass: the rest of the run goes on with what it leaves.
///
/// ```swift
/// let silenced = StagePatch(
///   stage: "bge_encoder.layer.3.attention.probs", selection: try StageSelection("head 5"),
///   change: .fill(0))
/// let effect = try embedder.effect(of: [silenced], on: .text("whale"))
/// print(effect.cosine)
/// ```
public struct StagePatch: Sendable {
  /// The stage's name; `*` stands for any characters.
  public let stage: String
  /// What of the stage is changed.
  public let selection: StageSelection
  /// What becomes of it.
  public let change: Change

  /// What becomes of the selected numbers.
  public enum Change: Sendable {
    /// All become this number. Attention weights that become 0 are not made up for: the rest of
    /// a row keeps its size.
    case fill(Float)
    /// Each is multiplied by this number.
    case scale(Float)
    /// Those of the stage of the same name, from another run or a file: the same selection of it
    /// or, where it has the selection's shape, all of it.
    case stages([TracedEmbedding.Stage])
    /// Whatever a function makes of the whole stage, in the same shape; nil leaves it.
    case function(@Sendable (TracedEmbedding.Stage) throws -> [Float]?)
  }

  /// Makes a patch.
  public init(stage: String, selection: StageSelection = .all, change: Change) {
    self.stage = stage
    self.selection = selection
    self.change = change
  }

  /// The stage after the change; nil if nothing is to change.
  func applied(to stage: TracedEmbedding.Stage) throws -> [Float]? {
    if case .function(let function) = change {
      let values = try function(stage)
      if let values, values.count != stage.values.count {
        throw PatchError.shape(
          stage: stage.name, expected: stage.shape, found: [values.count], isSelection: false)
      }
      return values
    }
    let target = try Region(selection, of: stage)
    var values = stage.values
    switch change {
    case .fill(let number): target.forEach { values[$0] = number }
    case .scale(let factor): target.forEach { values[$0] *= factor }
    case .stages(let sources):
      guard let source = sources.first(where: { $0.name == stage.name }) else {
        throw PatchError.missingStage(stage.name)
      }
      let region = try Region(selection, of: source, toFill: target.shape)
      for (i, j) in zip(target.indices, region.indices) { values[i] = source.values[j] }
    case .function: break
    }
    return values
  }
}

/// The selected part of a stage, as indices of its numbers.
private struct Region {
  private let ranges: [Range<Int>]
  private let full: [Int]

  var shape: [Int] { ranges.map(\.count) }

  init(_ selection: StageSelection, of stage: TracedEmbedding.Stage) throws(PatchError) {
    full = stage.shape
    ranges = try selection.ranges(in: stage.shape, of: stage.name)
  }

  /// What a source gives: the selection of it, or all of it if that has the shape in question.
  init(
    _ selection: StageSelection, of source: TracedEmbedding.Stage, toFill shape: [Int]
  ) throws(PatchError) {
    full = source.shape
    let selected = try? selection.ranges(in: source.shape, of: source.name)
    guard
      let ranges = [selected, source.shape.map { 0..<$0 }].lazy.compactMap({ $0 })
        .first(where: { $0.map(\.count) == shape })
    else {
      throw .shape(
        stage: source.name, expected: shape, found: selected?.map(\.count) ?? source.shape,
        isSelection: selection != .all)
    }
    self.ranges = ranges
  }

  /// Row by row.
  var indices: [Int] {
    zip(ranges, full).reduce([0]) { starts, dimension in
      starts.flatMap { start in dimension.0.map { start * dimension.1 + $0 } }
    }
  }

  func forEach(_ body: (Int) -> Void) { indices.forEach(body) }
}

extension Trace.Hook {
  /// All patches of a stage, one after another.
  init(_ patches: [StagePatch]) {
    let patches = patches.map { (pattern: NamePattern($0.stage), patch: $0) }
    self.init { name in
      patches.contains { $0.pattern.matches(name) }
    } replacement: { stage in
      var current = TracedEmbedding.Stage(stage)
      for (pattern, patch) in patches where pattern.matches(stage.name) {
        guard let values = try patch.applied(to: current) else { continue }
        current = TracedEmbedding.Stage(name: stage.name, shape: current.shape, values: values)
      }
      return Tensor(current.values, shape: current.shape)
    }
  }
}
