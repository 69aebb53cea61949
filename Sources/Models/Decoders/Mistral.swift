import TesseraCheckpoints
import TesseraJSON
import TesseraLayers
import TesseraTensors

/// Mistral: e5-mistral and its kin. A token sees so many before it as `sliding_window` says.
///
/// Jiang et al., "Mistral 7B"; transformers' `MistralModel`.
struct MistralFamily: SentenceEncoderFamily {
  static let modelTypes = ["mistral"]

  let config: DecoderConfig
  let head: SentenceHead
  private let sight: AttentionSight
  private let rotary: RotaryRule

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    config = try DecoderConfig(file, .mistral)
    try file.requirePlainDecoder()
    // The reference makes a Ministral of it, some layers of which have no window.
    if let kinds = try file.optional("layer_types") {
      throw kinds.place.unsupported("layers of several kinds")
    }
    sight = try Self.sight(file)
    rotary = try config.rotaryRule(file)
    head = try folder.head()
  }

  private static func sight(_ file: Config) throws -> AttentionSight {
    guard try file.isCausal() else {
      if let window = try file.optional("sliding_window") {
        throw window.place.unsupported("a window without causal attention")
      }
      return .all
    }
    // The query's own key is one of the window's.
    return AttentionSight(before: try file.mistralWindow().map { $0 - 1 }, after: 0)
  }

  var format: any InputFormat { config }

  func tower(_ weights: Weights) throws -> Decoder {
    try Decoder(weights, config, DecoderTraits(), sight: sight, rotary: rotary)
  }
}

extension DecoderConfig.Defaults {
  /// MistralConfig's.
  static let mistral = Self(
    vocabulary: 32000, hidden: 4096, intermediate: 14336, layers: 32, heads: 32, keyHeads: 8,
    positions: 131072)
}
