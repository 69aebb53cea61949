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

  /// What stands for keys that are missing: the defaults of transformers' class.
  struct Defaults: Sendable {
    var vocabulary = 30522
    var hidden = 768
    var layers = 12
    var heads = 12
    var intermediate = 3072
    var activation = Activation.gelu
    var epsilon: Float = 1e-12
    var positions = 512
    var tokenTypes = 2
    /// Where positions are counted from the padding's on; nil where they are from 0.
    var padding: Int?
  }

  /// - Parameter positionType: what `position_embedding_type` must say where it stands; older files
  ///   know only absolute positions.
  /// - Throws: `FieldError` for sizes that no model can have, and for unknown variants.
  init(_ config: Config, _ defaults: Defaults, positionType: String = "absolute") throws {
    vocabularySize = try config.size("vocab_size", default: defaults.vocabulary)
    hiddenSize = try config.size("hidden_size", default: defaults.hidden)
    layerCount = try config.layerCount(default: defaults.layers)
    headCount = try config.size("num_attention_heads", default: defaults.heads)
    intermediateSize = try config.size("intermediate_size", default: defaults.intermediate)
    activation = try config.activation(default: defaults.activation)
    layerNormEpsilon = try config.epsilon(default: defaults.epsilon)
    let count = try config.size("max_position_embeddings", default: defaults.positions)
    let padding = try defaults.padding.map {
      try config.int("pad_token_id", in: 0...count, default: $0)
    }
    positions = PositionTable(count: count, start: padding.map { .behind(padding: $0) } ?? .zero)
    tokenTypeCount = try config.size("type_vocab_size", default: defaults.tokenTypes)
    try config.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
    guard positions.maximumTokens > 0 else {
      throw config.field.place.key("max_position_embeddings").inconsistent(
        "\(count), but pad_token_id is \(padding ?? 0)")
    }
    try config.requireIfPresent("position_embedding_type", is: positionType)
  }
}

extension BERTConfig.Defaults {
  /// BertConfig's, and those of ChineseCLIPTextConfig and AlignTextConfig.
  static let bert = Self()
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
