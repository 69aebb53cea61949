import Checkpoints
import Layers
import Tensors

/// BERT or XLM-RoBERTa with a pooling: a text becomes one vector.
///
/// Reimers and Gurevych, "Sentence-BERT".
package struct SentenceEncoder: TextModel {
  package let config: BERTConfig
  private let encoder: TextEncoder
  private let pooling: Pooling
  private let isNormalizing: Bool

  package init(
    _ weights: Weights, _ config: BERTConfig, pooling: Pooling, isNormalizing: Bool
  ) throws {
    self.config = config
    encoder = try TextEncoder(weights, config)
    self.pooling = pooling
    self.isNormalizing = isNormalizing
  }

  package func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    let (hidden, sequences) = try encoder(inputs, trace: trace)  // [T, C]
    return sequences.ranges.map { range in
      let vector = pooling(hidden.rows(range))
      return ModelOutput(vector: isNormalizing ? vector.normalized() : vector)
    }
  }
}
