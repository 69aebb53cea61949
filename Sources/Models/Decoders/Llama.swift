import TesseraCheckpoints
import TesseraLayers
import TesseraTensors

/// Llama as an encoder of texts: llama-embed and its kin, causal unless `is_causal` says otherwise.
///
/// Touvron et al., "LLaMA"; transformers' `LlamaModel`.
struct LlamaFamily: SentenceEncoderFamily {
  static let modelTypes = ["llama"]

  let config: DecoderConfig
  let head: SentenceHead
  private let traits: DecoderTraits
  private let sight: AttentionSight
  private let rotary: RotaryRule

  /// What chats makes no vectors, unless modules say how.
  static func accepts(_ folder: ModelFiles) throws -> Bool {
    try !LanguageModelFamily.accepts(folder)
  }

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    config = try DecoderConfig(file, .llama)
    try file.requirePlainDecoder()
    try file.requireFullAttention(layerCount: config.layerCount)
    let hasBias = try file.optional("attention_bias")?.bool() ?? false
    traits = DecoderTraits(hasProjectionBias: hasBias, hasOutputBias: hasBias)
    sight = try file.isCausal() ? .causal : .all
    rotary = try config.rotaryRule(file)
    head = try folder.head()
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> Decoder {
    try Decoder(weights, config, traits, sight: sight, rotary: rotary)
  }
}
