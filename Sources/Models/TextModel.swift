/// A model that reads texts only, with one BERT or XLM-RoBERTa encoder.
package protocol TextModel: EmbeddingModel {
  var config: BERTConfig { get }
  /// Whether a dense vector needs the class token's row alone.
  var keepsClassTokenOnly: Bool { get }
}

extension TextModel {
  package var dimension: Int { config.hiddenSize }
  package var imageSize: Int? { nil }
  package var fusion: Fusion { .textOnly }
  package var vocabularySize: Int { config.vocabularySize }
  package func maximumTextTokens(besideImage: Bool) -> Int { config.maximumTokens }
  package func operationCount(_ input: ModelInput) -> Double {
    config.operationCount(tokens: input.ids.count, keepingOne: keepsClassTokenOnly)
  }
}
