import Checkpoints
import Layers
import Tensors

/// BERT or XLM-RoBERTa with a pooling: a text becomes one vector.
///
/// Reimers and Gurevych, "Sentence-BERT".
package struct SentenceEncoder: TextModel {
  package let config: BERTConfig
  package let encoder: TextEncoder
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
      ModelOutput(vector: vector(hidden.rows(range)))
    }
  }

  package func vector(_ hidden: Tensor) -> Tensor {
    let vector = pooling(hidden)
    return isNormalizing ? vector.normalized() : vector
  }

  package func pooledRows(of input: ModelInput) -> [Int] {
    switch pooling {
    case .cls: [0]
    case .mean: Array(input.ids.indices)
    }
  }
}
