import TesseraJSON
import TesseraTensors

/// Mistral: e5-mistral and its kin. A token sees so many before it as `sliding_window` says.
///
/// Jiang et al., "Mistral 7B"; transformers' `MistralModel`.
struct MistralFamily: PlainDecoderFamily {
  static let modelTypes = ["mistral"]

  let decoder: PlainDecoder
  let head: SentenceHead

  init(_ folder: ModelFiles) throws {
    let file = folder.config
    // The reference makes a Ministral of it, some layers of which have no window.
    if let kinds = try file.optional("layer_types") {
      throw kinds.place.unsupported("layers of several kinds")
    }
    decoder = try PlainDecoder(file, .mistral, DecoderTraits(), sight: Self.sight(file))
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
}

extension DecoderConfig.Defaults {
  /// MistralConfig's.
  static let mistral = Self(
    vocabulary: 32000, hidden: 4096, intermediate: 14336, layers: 32, heads: 32, keyHeads: 8,
    positions: 131072)
}
