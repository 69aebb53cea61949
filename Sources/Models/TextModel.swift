import Layers
import Tensors

/// A model that reads texts only, with one BERT or XLM-RoBERTa encoder.
package protocol TextModel: EmbeddingModel {
  var config: BERTConfig { get }
  var encoder: TextEncoder { get }

  /// The vector of one text's tokens as they leave the last layer: [T, C] → [C].
  func vector(_ hidden: Tensor) -> Tensor
}

extension TextModel {
  package var dimension: Int { config.hiddenSize }
  package var imageSize: Int? { nil }
  package var fusion: Fusion { .textOnly }
  package var vocabularySize: Int { config.vocabularySize }
  package func maximumTextTokens(besideImage: Bool) -> Int { config.maximumTokens }
  package func operationCount(_ input: ModelInput) -> Double {
    config.operationCount(tokens: input.ids.count)
  }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    zip(input.ids.indices, config.positions(of: input.ids)).map {
      SequenceRow(.token($0), position: $1)
    }
  }

  package func vectors(
    of input: ModelInput, leavingOut groups: [[Int]], batchRows: Int
  ) throws -> [Tensor] {
    let x = encoder.embed([input], trace: nil)
    return try variants(of: x, leavingOut: groups, batchRows: batchRows) {
      try encoder.layers($0, in: $1, trace: nil)
    }.map(vector)
  }

  package func dissect(
    _ input: ModelInput, along direction: [Double], sources: RowSources
  ) throws -> Dissection {
    try encoder.layers.dissect(
      encoder.embed([input], trace: nil), pooling: pooledRows(of: input), along: direction,
      sources: sources)
  }
}
