import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// BERT or XLM-RoBERTa: the ids of texts become the last layer's vectors.
package struct TextEncoder: Sendable {
  private let config: BERTConfig
  private let embeddings: BERTEmbeddings
  let layers: BERTEncoder

  /// - Precondition: the config is valid.
  init(_ weights: Weights, _ config: BERTConfig) throws {
    self.config = config
    embeddings = try BERTEmbeddings(weights["embeddings"], config)
    layers = try BERTEncoder(weights["encoder"], config)
  }

  /// The texts of a batch, without padding → [T, C], and where each lies.
  ///
  /// With `keepingFirst`, the class tokens alone: [B, C].
  func callAsFunction(
    _ inputs: [ModelInput], keepingFirst: Bool = false, trace: Trace?
  ) throws -> (hidden: Tensor, sequences: PackedSequences) {
    let sequences = PackedSequences(lengths: inputs.map(\.ids.count))
    let rows = keepingFirst ? sequences.starts : nil
    let x = embed(inputs, trace: trace)
    return (try layers(x, in: sequences, keeping: rows, trace: trace), sequences)
  }

  /// The texts of a batch as they enter the first layer: [T, C].
  func embed(_ inputs: [ModelInput], trace: Trace?) -> Tensor {
    embeddings(
      ids: inputs.flatMap(\.ids), positions: inputs.flatMap { config.positions(of: $0.ids) },
      trace: trace)
  }
}
