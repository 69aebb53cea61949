import Checkpoints
import Foundation
import Layers
import Tensors

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
  }
}

extension Embedder {
  /// Encodes one item and keeps intermediate activations.
  ///
  /// - Parameter patterns: names of stages to keep, `*` for any characters; none for all stages.
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func encodeTracing(
    _ item: Item, returning kinds: [VectorKind] = [.dense], matching patterns: [String] = []
  ) throws -> TracedEmbedding {
    let wanted = patterns.map(NamePattern.init)
    let trace = Trace { name in wanted.isEmpty || wanted.contains { $0.matches(name) } }
    let embedding = try encode(item, returning: kinds, trace: trace)
    return TracedEmbedding(
      embedding: embedding,
      stages: trace.stages.map {
        TracedEmbedding.Stage(
          name: $0.name, shape: $0.tensor.shape, values: $0.tensor.elements)
      })
  }
}

extension TracedEmbedding {
  /// Writes the stages as a safetensors file.
  ///
  /// - Throws: an error that names the file and the system's reason.
  public func save(to file: URL) throws {
    let stages = Dictionary(self.stages.map { ($0.name, $0) }) { first, _ in first }
    let writer = try SafetensorsWriter(
      self.stages.compactMap { TensorInfo(name: $0.name, dtype: .f32, shape: $0.shape) })
    try writer.write(to: file.path) { info in
      StoredTensor(stages[info.name]?.values ?? [], shape: info.shape)
    }
  }
}
