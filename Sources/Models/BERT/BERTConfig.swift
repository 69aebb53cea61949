import TesseraJSON
import TesseraTensors

/// What inference reads of the `config.json` of a BERT or one of its descendants.
package struct BERTConfig: Sendable {
  package let vocabularySize: Int
  package let hiddenSize: Int
  let layerCount: Int
  let headCount: Int
  let intermediateSize: Int
  let activation: Activation
  let layerNormEpsilon: Float
  package let positions: PositionTable
  /// 0 where there are none.
  package let tokenTypeCount: Int

  /// - Throws: `FieldError` for sizes that no model can have, and for unknown variants.
  package init(_ config: Config, countingFrom start: PositionTable.Start) throws {
    vocabularySize = try config.size("vocab_size")
    hiddenSize = try config.size("hidden_size")
    layerCount = try config.layerCount()
    headCount = try config.size("num_attention_heads")
    intermediateSize = try config.size("intermediate_size")
    activation = try config.activation()
    layerNormEpsilon = try config.epsilon()
    positions = PositionTable(count: try config.size("max_position_embeddings"), start: start)
    tokenTypeCount = try config.size("type_vocab_size")
    try config.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
    // Absent in older files, which know only absolute positions.
    try config.requireIfPresent("position_embedding_type", is: "absolute")
  }
}

extension BERTConfig {
  /// A config that other keys say.
  init(
    vocabularySize: Int, hiddenSize: Int, layerCount: Int, headCount: Int, intermediateSize: Int,
    activation: Activation, layerNormEpsilon: Float, positions: PositionTable, tokenTypeCount: Int
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.intermediateSize = intermediateSize
    self.activation = activation
    self.layerNormEpsilon = layerNormEpsilon
    self.positions = positions
    self.tokenTypeCount = tokenTypeCount
  }
}

/// A text encoder reads its tokens and nothing else.
extension BERTConfig: InputFormat {
  package func maximumTextTokens(besideImage: Bool) -> Int { positions.maximumTokens }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    zip(input.ids.indices, positions(of: input.ids)).map { SequenceRow(.token($0), position: $1) }
  }
}

extension BERTConfig {
  /// The same with vectors of another width.
  func with(hiddenSize: Int) -> BERTConfig {
    BERTConfig(
      vocabularySize: vocabularySize, hiddenSize: hiddenSize, layerCount: layerCount,
      headCount: headCount, intermediateSize: intermediateSize, activation: activation,
      layerNormEpsilon: layerNormEpsilon, positions: positions, tokenTypeCount: tokenTypeCount)
  }
}
