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

  /// What stands for keys that are missing: the defaults of transformers' class.
  struct Defaults: Sendable {
    let vocabulary: Int
    let hidden: Int
    let intermediate: Int
    let layers: Int
    let heads: Int
    /// As many as of queries if nil.
    let keyHeads: Int?
    /// The width over the heads if nil.
    var headWidth: Int?
    let positions: Int
    var epsilon: Float = 1e-6
    var activation = Activation.silu
  }

  /// - Throws: `FieldError` for sizes that no model can have, and for unknown variants.
  init(
    _ config: Config, activationKey: String = "hidden_act", _ defaults: Defaults
  ) throws {
    vocabularySize = try config.size("vocab_size", default: defaults.vocabulary)
    hiddenSize = try config.size("hidden_size", default: defaults.hidden)
    layerCount = try config.layerCount(default: defaults.layers)
    headCount = try config.size("num_attention_heads", default: defaults.heads)
    keyHeadCount = try config.keyHeadCount(of: headCount, default: defaults.keyHeads)
    intermediateSize = try config.size("intermediate_size", default: defaults.intermediate)
    activation = try config.activation(activationKey, default: defaults.activation)
    normEpsilon = try config.epsilon("rms_norm_eps", default: defaults.epsilon)
    namedPositions = try config.size("max_position_embeddings", default: defaults.positions)
    positionCount = try config.reachedPositions(namedPositions)
    paddingID = try config.optional("pad_token_id")?.int(in: -1...1 << 28)
    try config.requireDivisible(
      "num_attention_heads", headCount, by: "num_key_value_heads", keyHeadCount)
    // Null is known only where the width over the heads can stand for it.
    let ownWidth =
      try defaults.headWidth == nil
      ? config.optional("head_dim") : config.defaulted("head_dim")
    if let width = ownWidth {
      headWidth = try width.int(in: 2...1 << 16)
      guard headWidth.isMultiple(of: 2) else { throw width.wrongType("an even number") }
    } else if let width = defaults.headWidth {
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
  /// Of keys and values; null stands for as many as of queries.
  fileprivate func keyHeadCount(of headCount: Int, default value: Int?) throws -> Int {
    let key = "num_key_value_heads"
    return try isNull(key) ? headCount : size(key, default: value ?? headCount)
  }

  /// Refuses what would make another model of a decoder.
  ///
  /// - Throws: `FieldError`.
  func requirePlainDecoder() throws {
    for key in ["attn_logit_softcapping", "final_logit_softcapping"] {
      if let cap = try optional(key) { throw cap.place.unsupported("caps on scores") }
    }
    if let field = try optional("mlp_bias"), try field.bool() { throw field.wrongType("false") }
    // Qwen's has one unless it is null.
    if let field = try optional("use_sliding_window"), try field.bool(),
      try !isNull("sliding_window"),
      try firstLayerWithWindow() < layerCount(default: 32)
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

  /// Refuses layers of other kinds than full attention, and kinds of other layers than there are.
  func requireFullAttention(layerCount: Int) throws {
    guard let field = try optional("layer_types") else { return }
    let kinds = try field.elements()
    for kind in kinds {
      guard try kind.string() == "full_attention" else {
        throw kind.wrongType("\"full_attention\"")
      }
    }
    guard kinds.count == layerCount else {
      throw field.place.inconsistent("\(kinds.count) kinds for \(layerCount) layers")
    }
  }
}
