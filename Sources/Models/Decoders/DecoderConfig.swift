import TesseraJSON
import TesseraLayers
import TesseraTensors

/// What inference reads of the `config.json` of a decoder: Llama's keys, which Mistral, Qwen and Gemma
/// share.
package struct DecoderConfig: Sendable {
  package let vocabularySize: Int
  let hiddenSize: Int
  let layerCount: Int
  /// Of queries, and of keys and values.
  let headCount: Int
  let keyHeadCount: Int
  /// A key of its own: heads together may be wider than the tokens' vectors.
  let headWidth: Int
  let intermediateSize: Int
  let activation: Activation
  let normEpsilon: Float
  /// `max_position_embeddings`.
  let namedPositions: Int
  /// Tokens that fit.
  let positionCount: Int
  /// What fills texts that stand beside longer ones; nil where the file names none.
  let paddingID: Int?

  /// What stands for keys that are missing: within another model's configuration, transformers leaves
  /// out what equals the defaults of the class.
  struct Defaults: Sendable {
    let vocabulary: Int
    let hidden: Int
    let intermediate: Int
    let layers: Int
    let heads: Int
    /// As many as of queries if nil.
    var keyHeads: Int?
    /// The width over the heads if nil.
    var headWidth: Int?
    let positions: Int
    let epsilon: Float
  }

  /// - Parameter defaults: nil for a configuration of its own, where every key is required.
  /// - Throws: `FieldError` for sizes that no model can have, and for unknown variants.
  init(
    _ config: Config, activationKey: String = "hidden_act", defaults: Defaults? = nil
  ) throws {
    func size(_ key: String, _ value: Int?) throws -> Int {
      try value.map { try config.optional(key)?.int(in: 1...1 << 28) ?? $0 } ?? config.size(key)
    }
    vocabularySize = try size("vocab_size", defaults?.vocabulary)
    hiddenSize = try size("hidden_size", defaults?.hidden)
    layerCount = try size("num_hidden_layers", defaults?.layers)
    headCount = try size("num_attention_heads", defaults?.heads)
    keyHeadCount =
      try config.optional("num_key_value_heads")?.int(in: 1...1 << 28) ?? defaults?.keyHeads
      ?? headCount
    intermediateSize = try size("intermediate_size", defaults?.intermediate)
    activation = try config.activation(activationKey, default: defaults.map { _ in .silu })
    normEpsilon =
      try defaults.map { try config.optional("rms_norm_eps")?.epsilon() ?? $0.epsilon }
      ?? config.epsilon("rms_norm_eps")
    namedPositions = try size("max_position_embeddings", defaults?.positions)
    positionCount = try config.reachedPositions(namedPositions)
    paddingID = try config.optional("pad_token_id")?.int(in: -1...1 << 28)
    try config.requireDivisible(
      "num_attention_heads", headCount, by: "num_key_value_heads", keyHeadCount)
    guard layerCount <= 4096 else {
      throw try config.required("num_hidden_layers").wrongType("4096 at most")
    }
    if let width = try config.optional("head_dim") {
      headWidth = try width.int(in: 2...1 << 16)
      guard headWidth.isMultiple(of: 2) else { throw width.wrongType("an even number") }
    } else if let width = defaults?.headWidth {
      headWidth = width
    } else {
      try config.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
      headWidth = hiddenSize / headCount
      try config.requireDivisible(
        "hidden_size", hiddenSize, by: "2 · num_attention_heads", 2 * headCount)
    }
  }
}

extension DecoderConfig {
  /// How fast heads turn, as the same file says it.
  func rotaryRule(_ config: Config) throws -> RotaryRule {
    try config.rotaryRule(headWidth: headWidth, positions: namedPositions)
  }
}

/// A decoder reads its tokens and nothing else.
extension DecoderConfig: InputFormat {
  package func maximumTextTokens(besideImage: Bool) -> Int { positionCount }

  /// sentence-transformers' own, which scaling does not raise.
  package var usualTextTokens: Int? { namedPositions }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    input.ids.indices.map { SequenceRow(.token($0), position: $0) }
  }
}

extension Config {
  /// Refuses what would make another model of a decoder.
  ///
  /// - Throws: `FieldError`.
  func requirePlainDecoder() throws {
    for key in ["attn_logit_softcapping", "final_logit_softcapping"] {
      if let cap = try optional(key) { throw cap.place.unsupported("caps on scores") }
    }
    if let field = try optional("mlp_bias"), try field.bool() { throw field.wrongType("false") }
    if let field = try optional("use_sliding_window"), try field.bool(),
      try optional("sliding_window") != nil, try firstLayerWithWindow() < layerCount()
    {
      throw field.wrongType("false")
    }
  }

  /// Qwen's first layer that would see a window alone.
  private func firstLayerWithWindow() throws -> Int {
    try int("max_window_layers", in: 0...1 << 20, default: 28)
  }

  /// Whether a token sees only those before it; other code than transformers' may say that it does
  /// not.
  func isCausal() throws -> Bool { try optional("is_causal")?.bool() ?? true }

  /// Refuses layers of other kinds than full attention.
  func requireFullAttention() throws {
    for kind in try optional("layer_types")?.elements() ?? [] {
      guard try kind.string() == "full_attention" else {
        throw kind.wrongType("\"full_attention\"")
      }
    }
  }
}
