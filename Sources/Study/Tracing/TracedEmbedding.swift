import Foundation
import TesseraCheckpoints
import TesseraEmbedders
import TesseraFiles
import TesseraLayers
import TesseraTensors

/// An embedding with every activation on the way to it.
public struct TracedEmbedding: Sendable {
  /// The vectors; with damaged weights they may hold NaN, and the stages show where it begins.
  public let embedding: Embedding
  /// Activations in the order in which they were computed.
  public let stages: [Stage]

  /// One activation.
  public struct Stage: Sendable {
    /// PyTorch's module path: `bge_encoder.layer.3.attention.probs`.
    public let name: String
    /// Lengths of the dimensions; there is none for the batch.
    public let shape: [Int]
    /// The numbers, row by row.
    public let values: [Float]

    /// Makes a stage, to stand in another's place.
    ///
    /// - Precondition: there are as many values as the shape says.
    public init(name: String, shape: [Int], values: [Float]) {
      precondition(
        values.count == shape.reduce(1, *), "\(values.count) values for a shape of \(shape)")
      self.name = name
      self.shape = shape
      self.values = values
    }

    init(_ stage: Trace.Stage) {
      self.init(name: stage.name, shape: stage.tensor.shape, values: stage.tensor.elements)
    }
  }
}

extension Embedder {
  /// Encodes one item, keeps intermediate activations, and changes some if asked to.
  ///
  /// Tracing alone, and giving back what a stage had, leaves every bit of the vector as it is.
  ///
  /// - Parameters:
  ///   - patterns: names of stages to keep, `*` for any characters; none for all stages.
  ///   - patches: changes of stages; what is kept, and all that follows, has them.
  /// - Throws: `EmbedderError`, `PatchError`, what a patch's function throws; `CancellationError`
  ///   if the surrounding task was cancelled.
  public func encodeTracing(
    _ item: Item, returning kinds: [VectorKind] = [.dense], matching patterns: [String] = [],
    patching patches: [StagePatch] = []
  ) throws -> TracedEmbedding {
    let trace = Trace(
      matching: patterns, replacing: patches.isEmpty ? nil : Trace.Hook(patches))
    let embedding = try encode(item, returning: kinds, trace: trace)
    try trace.requireSuccess()
    let names = trace.names
    for patch in patches where !names.contains(where: NamePattern(patch.stage).matches) {
      throw PatchError.unknownStage(patch.stage, among: names)
    }
    return TracedEmbedding(
      embedding: embedding, stages: trace.stages.map(TracedEmbedding.Stage.init))
  }
}

extension TracedEmbedding.Stage {
  /// The stages that a safetensors file holds, as `TracedEmbedding.save` writes it.
  ///
  /// - Throws: an error that names the file and what is wrong with it.
  public static func load(_ file: URL) throws -> [TracedEmbedding.Stage] {
    let checkpoint = try Checkpoint.open(file)
    return checkpoint.names.compactMap { name in
      guard let stored = checkpoint[name], stored.dtype.isFloatingPoint else { return nil }
      return TracedEmbedding.Stage(
        name: name, shape: stored.shape, values: stored.widened().elements)
    }
  }
}

extension TracedEmbedding {
  /// Writes the stages as a safetensors file.
  ///
  /// - Throws: an error that names the file and the system's reason.
  public func save(to file: URL) throws {
    try stages.save(to: file)
  }
}

extension [TracedEmbedding.Stage] {
  /// Writes them as a safetensors file.
  func save(to file: URL) throws {
    let stages = Dictionary(map { ($0.name, $0) }) { first, _ in first }
    let writer = try SafetensorsWriter(
      compactMap { TensorInfo(name: $0.name, dtype: .f32, shape: $0.shape) })
    try writer.write(to: file.path) { info in
      StoredTensor(stages[info.name]?.values ?? [], shape: info.shape)
    }
  }
}
