import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// EuroBERT: Llama's layers as an encoder, in which every token sees every other.
///
/// Boizard et al., "EuroBERT"; transformers' `EuroBertModel`.
struct EuroBERTFamily: SentenceEncoderFamily {
  static let modelTypes = ["eurobert"]
  /// Of fine-tuning for labels.
  static let otherHeads = ["dense.*", "classifier.*"]

  let config: DecoderConfig
  let head: SentenceHead
  private let traits: DecoderTraits
  private let rotary: RotaryRule

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    config = try DecoderConfig(file, .euroBERT)
    try file.requirePlainDecoder()
    let hasBias = try file.optional("attention_bias")?.bool() ?? false
    traits = DecoderTraits(hasProjectionBias: hasBias, hasOutputBias: hasBias)
    rotary = try config.rotaryRule(file)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> Decoder {
    try Decoder(weights, config, traits, sight: .all, rotary: rotary)
  }
}

extension DecoderConfig.Defaults {
  /// EuroBertConfig's.
  fileprivate static let euroBERT = Self(
    vocabulary: 128256, hidden: 768, intermediate: 3072, layers: 12, heads: 12, keyHeads: nil,
    positions: 8192, epsilon: 1e-5)
}
