import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// A decoder whose layers are all alike, as its configuration describes it.
struct PlainDecoder: Sendable {
  let config: DecoderConfig
  private let traits: DecoderTraits
  private let sight: AttentionSight
  private let rotary: RotaryRule

  /// - Throws: `FieldError` for what would make another model of it.
  init(
    _ file: Config, _ defaults: DecoderConfig.Defaults, _ traits: DecoderTraits,
    sight: AttentionSight
  ) throws {
    config = try DecoderConfig(file, defaults)
    try file.requirePlainDecoder()
    rotary = try config.rotaryRule(file)
    self.traits = traits
    self.sight = sight
  }

  func tower(_ weights: Weights) throws -> Decoder {
    try Decoder(weights, config, traits, sight: sight, rotary: rotary)
  }
}

/// A family of sentence encoders that are such decoders.
protocol PlainDecoderFamily: SentenceEncoderFamily where Tower == Decoder {
  var decoder: PlainDecoder { get }
}

extension PlainDecoderFamily {
  var config: DecoderConfig { decoder.config }
  var format: any InputFormat { decoder.config }

  func tower(_ weights: Weights) throws -> Decoder { try decoder.tower(weights) }
}

extension DecoderTraits {
  /// Llama's: one key says whether attention's projections, that behind it too, have biases.
  ///
  /// - Throws: `FieldError`.
  static func llama(_ file: Config, hasHeadNorms: Bool = false) throws -> DecoderTraits {
    let hasBias = try file.attentionBias()
    return DecoderTraits(
      hasProjectionBias: hasBias, hasOutputBias: hasBias, hasHeadNorms: hasHeadNorms)
  }
}

extension Config {
  func attentionBias() throws -> Bool { try optional("attention_bias")?.bool() ?? false }

  /// What a token sees where all layers see alike; none may have a window.
  ///
  /// - Throws: `FieldError`.
  func fullSight(_ defaults: DecoderConfig.Defaults) throws -> AttentionSight {
    try requireFullAttention(layerCount: layerCount(default: defaults.layers))
    return try isCausal() ? .causal : .all
  }
}
