import TesseraJSON
import TesseraLayers

/// What inference reads of the configuration of a language model that is made like Llama: of its own
/// `config.json`, or of `text_config` within another model's.
struct LanguageModelConfig: Sendable {
  let decoder: DecoderConfig
  let traits: DecoderTraits
  let rotary: RotaryRule
  /// Tokens that a text may have.
  let positions: Int
  /// Whether the head is the table of words.
  let sharesWords: Bool
  /// The tokens that end a text, where nothing else says so.
  let ends: Set<Int>

  static let modelTypes = Kind.allCases.map(\.rawValue)

  private enum Kind: String, CaseIterable {
    case llama, mistral, qwen2, qwen3

    /// Of transformers' classes.
    var defaults: DecoderConfig.Defaults {
      switch self {
      case .llama: .llama
      case .mistral: .mistral
      case .qwen2: .qwen2
      case .qwen3: .qwen3
      }
    }

    /// The token that ends a text where no file names one.
    var end: Int? {
      switch self {
      case .llama, .mistral: 2
      case .qwen2, .qwen3: nil
      }
    }
  }

  /// - Parameter modelType: of `modelTypes`, where the configuration says none.
  /// - Throws: `FieldError` for sizes that no model can have, and for unknown variants.
  init(_ config: Config, modelType: String? = nil) throws {
    let kind: Kind = try config.choice("model_type", default: modelType.flatMap(Kind.init))
    decoder = try DecoderConfig(config, kind.defaults)
    try config.requirePlainDecoder()
    try config.requireFullAttention(layerCount: decoder.layerCount)
    let hasBias = try config.attentionBias()
    traits =
      switch kind {
      case .llama: DecoderTraits(hasProjectionBias: hasBias, hasOutputBias: hasBias)
      case .mistral: DecoderTraits()
      case .qwen2: DecoderTraits(hasProjectionBias: true)
      case .qwen3:
        DecoderTraits(hasProjectionBias: hasBias, hasOutputBias: hasBias, hasHeadNorms: true)
      }
    rotary = try decoder.rotaryRule(config)
    // Beyond its window a token would not see the first ones, and where the length changes how heads
    // turn, the keys that are kept would have turned otherwise; neither is reached.
    let window = kind == .mistral ? try config.mistralWindow() : nil
    positions = [window, rotary.steadyTokens].compactMap { $0 }.reduce(decoder.positionCount, min)
    sharesWords = try config.optional("tie_word_embeddings")?.bool() ?? false
    ends = try config.ends() ?? kind.end.map { [$0] } ?? []
  }
}

extension Config {
  /// The tokens that end a text: one, or several.
  ///
  /// - Throws: `FieldError`.
  func ends() throws -> Set<Int>? {
    guard let field = try optional("eos_token_id") else { return nil }
    guard field.value.array != nil else { return [try field.count()] }
    return Set(try field.elements().map { try $0.count() })
  }

  /// So many tokens a query sees, its own among them; null for all, and absent for the class's own.
  func mistralWindow() throws -> Int? {
    try isNull("sliding_window") ? nil : int("sliding_window", in: 1...1 << 28, default: 4096)
  }
}

extension DecoderConfig.Defaults {
  /// LlamaConfig's.
  static let llama = Self(
    vocabulary: 32000, hidden: 4096, intermediate: 11008, layers: 32, heads: 32, keyHeads: nil,
    positions: 2048)
}
