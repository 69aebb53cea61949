import TesseraTensors

/// The keys of a CLIP `config.json` that inference reads.
///
/// transformers leaves out of the two inner configs whatever equals its defaults, so those
/// defaults are part of the format, and stand here (CLIPTextConfig, CLIPVisionConfig).
package struct CLIPConfig: Decodable, Sendable {
  package let projectionDimension: Int
  package let text: Text
  package let vision: Vision

  /// The text tower.
  package struct Text: Sendable {
    package let tower: CLIPTowerConfig
    package let vocabularySize: Int
    package let maxPositionEmbeddings: Int
    /// Id of the token whose vector is the text's.
    package let endTokenID: Int

    /// - Parameter ids: a text as the folder's tokenizer has it.
    /// - Throws: `ConfigError` where they lack the end token: the tokenizer is another model's,
    ///   and every text would become the same vector.
    package func requireEndToken(in ids: [Int]) throws {
      guard isEndTokenLargest || ids.contains(endTokenID) else {
        throw ConfigError.disagreement(
          "text_config's eos_token_id is \(endTokenID)",
          "the tokenizer makes of an empty text the ids \(ids)")
      }
    }

    /// Files of the first release say `eos_token_id` 2, which is wrong; for them transformers
    /// takes the largest id, which the end token has in CLIP's vocabulary.
    package var isEndTokenLargest: Bool { endTokenID == 2 }
  }

  /// The vision tower.
  package struct Vision: Sendable {
    package let tower: CLIPTowerConfig
    package let imageSize: Int
    package let patchSize: Int

    /// The number of patches, P.
    package var patchCount: Int { (imageSize / patchSize) * (imageSize / patchSize) }
  }

  private enum CodingKeys: String, CodingKey {
    case projectionDimension = "projection_dim"
    case text = "text_config"
    case vision = "vision_config"
    case textOverride = "text_config_dict"
    case visionOverride = "vision_config_dict"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // Older files hold a second copy of each inner config, which wins where it stands.
    func inner(_ key: CodingKeys, _ override: CodingKeys) throws -> Inner {
      let base = try container.decodeIfPresent(Inner.self, forKey: key) ?? Inner()
      return base.overridden(by: try container.decodeIfPresent(Inner.self, forKey: override))
    }
    let text = try inner(.text, .textOverride)
    let vision = try inner(.vision, .visionOverride)
    projectionDimension =
      try container.decodeIfPresent(Int.self, forKey: .projectionDimension) ?? 512
    self.text = Text(
      tower: CLIPTowerConfig(text, width: 512, intermediate: 2048, heads: 8),
      vocabularySize: text.vocab_size ?? 49408,
      maxPositionEmbeddings: text.max_position_embeddings ?? 77,
      endTokenID: text.eos_token_id ?? 49407)
    self.vision = Vision(
      tower: CLIPTowerConfig(vision, width: 768, intermediate: 3072, heads: 12),
      imageSize: vision.image_size ?? 224, patchSize: vision.patch_size ?? 32)
  }

  /// - Throws: `ConfigError` for sizes that no model can have, and for unknown activations.
  package func validate() throws {
    for tower in [text.tower, vision.tower] { try tower.validate() }
    try ConfigError.requirePositive([
      ("projection_dim", projectionDimension), ("vocab_size", text.vocabularySize),
      ("max_position_embeddings", text.maxPositionEmbeddings),
      ("patch_size", vision.patchSize),
    ])
    try ConfigError.requireImageSize(vision.imageSize)
    guard vision.patchCount > 0 else {
      throw ConfigError.disagreement(
        "image_size is \(vision.imageSize)", "patch_size is \(vision.patchSize)")
    }
  }
}

/// What both towers' configs say alike.
package struct CLIPTowerConfig: Sendable {
  package let hiddenSize: Int
  package let intermediateSize: Int
  package let layerCount: Int
  package let headCount: Int
  package let hiddenActivation: String
  package let layerNormEpsilon: Float

  fileprivate init(_ inner: Inner, width: Int, intermediate: Int, heads: Int) {
    hiddenSize = inner.hidden_size ?? width
    intermediateSize = inner.intermediate_size ?? intermediate
    layerCount = inner.num_hidden_layers ?? 12
    headCount = inner.num_attention_heads ?? heads
    hiddenActivation = inner.hidden_act ?? "quick_gelu"
    layerNormEpsilon = inner.layer_norm_eps ?? 1e-5
  }

  func activation() throws -> Activation { try Activation(configName: hiddenActivation) }

  fileprivate func validate() throws {
    try ConfigError.requirePositive([
      ("hidden_size", hiddenSize), ("intermediate_size", intermediateSize),
      ("num_attention_heads", headCount),
    ])
    try ConfigError.requireLayerCount(layerCount)
    try ConfigError.requireEpsilon(layerNormEpsilon)
    try ConfigError.requireDivisible(
      "hidden_size", hiddenSize, by: "num_attention_heads", headCount)
    _ = try activation()
  }
}

/// An inner config as it stands in the file, under the file's keys.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct Inner: Decodable {
  var hidden_size: Int?
  var intermediate_size: Int?
  var num_hidden_layers: Int?
  var num_attention_heads: Int?
  var hidden_act: String?
  var layer_norm_eps: Float?
  var vocab_size: Int?
  var max_position_embeddings: Int?
  var eos_token_id: Int?
  var image_size: Int?
  var patch_size: Int?

  func overridden(by other: Inner?) -> Inner {
    guard let other else { return self }
    return Inner(
      hidden_size: other.hidden_size ?? hidden_size,
      intermediate_size: other.intermediate_size ?? intermediate_size,
      num_hidden_layers: other.num_hidden_layers ?? num_hidden_layers,
      num_attention_heads: other.num_attention_heads ?? num_attention_heads,
      hidden_act: other.hidden_act ?? hidden_act,
      layer_norm_eps: other.layer_norm_eps ?? layer_norm_eps,
      vocab_size: other.vocab_size ?? vocab_size,
      max_position_embeddings: other.max_position_embeddings ?? max_position_embeddings,
      eos_token_id: other.eos_token_id ?? eos_token_id,
      image_size: other.image_size ?? image_size,
      patch_size: other.patch_size ?? patch_size)
  }
}
