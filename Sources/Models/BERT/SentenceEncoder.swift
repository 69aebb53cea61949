import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

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

  package var keepsClassTokenOnly: Bool { pooling == .cls }

  package func callAsFunction(
    _ inputs: [ModelInput], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [ModelOutput] {
    // [T, C], or the class tokens' [B, C]
    let (hidden, sequences) = try encoder(
      inputs, keepingFirst: keepsClassTokenOnly, trace: trace)
    return sequences.ranges.enumerated().map { item, range in
      let pooled = keepsClassTokenOnly ? hidden.row(item) : hidden.rows(range).meanOfRows()
      return ModelOutput(vector: finished(pooled))
    }
  }

  package func finished(_ pooled: Tensor) -> Tensor {
    isNormalizing ? pooled.normalized() : pooled
  }
}
