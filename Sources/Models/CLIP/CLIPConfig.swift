import TesseraJSON
import TesseraTensors

/// What inference reads of a CLIP `config.json`.
///
/// transformers leaves out of the two inner configs whatever equals its defaults, so those
/// defaults are part of the format, and stand here (CLIPTextConfig, CLIPVisionConfig).
package struct CLIPConfig: Sendable {
  let projectionDimension: Int
  let text: Text
  let vision: Vision

  /// - Throws: `FieldError` for sizes that no model can have, and for unknown activations.
  package init(_ config: Config) throws {
    projectionDimension = try config.int("projection_dim", in: CLIPKeys.sizes, default: 512)
    text = try Text(CLIPKeys(config, "text_config"))
    vision = try Vision(CLIPKeys(config, "vision_config"))
  }

  /// The text tower.
  struct Text: Sendable {
    let tower: CLIPTowerConfig
    let vocabularySize: Int
    let maxPositionEmbeddings: Int
    /// Id of the token whose vector is the text's.
    let endTokenID: Int

    init(_ keys: CLIPKeys) throws {
      tower = try CLIPTowerConfig(keys, width: 512, intermediate: 2048, heads: 8)
      vocabularySize = try keys.size("vocab_size", default: 49408)
      maxPositionEmbeddings = try keys.size("max_position_embeddings", default: 77)
      endTokenID = try keys.optional("eos_token_id")?.int(in: 0...1 << 28) ?? 49407
    }

    /// Files of the first release say `eos_token_id` 2, which is wrong; for them transformers
    /// takes the largest id, which the end token has in CLIP's vocabulary.
    var isEndTokenLargest: Bool { endTokenID == 2 }
  }

  /// The vision tower.
  struct Vision: Sendable {
    let tower: CLIPTowerConfig
    let imageSize: Int
    let patchSize: Int

    init(_ keys: CLIPKeys) throws {
      tower = try CLIPTowerConfig(keys, width: 768, intermediate: 3072, heads: 12)
      imageSize = try keys.int("image_size", in: 1...4096, default: 224)
      patchSize = try keys.size("patch_size", default: 32)
      guard patchCount > 0 else {
        throw keys.place("patch_size").inconsistent("\(patchSize), but image_size is \(imageSize)")
      }
    }

    /// The number of patches, P.
    var patchCount: Int { (imageSize / patchSize) * (imageSize / patchSize) }
  }
}

/// What both towers' configs say alike.
struct CLIPTowerConfig: Sendable {
  let hiddenSize: Int
  let intermediateSize: Int
  let layerCount: Int
  let headCount: Int
  let activation: Activation
  let layerNormEpsilon: Float

  fileprivate init(_ keys: CLIPKeys, width: Int, intermediate: Int, heads: Int) throws {
    hiddenSize = try keys.size("hidden_size", default: width)
    intermediateSize = try keys.size("intermediate_size", default: intermediate)
    layerCount = try keys.int("num_hidden_layers", in: 1...4096, default: 12)
    headCount = try keys.size("num_attention_heads", default: heads)
    activation = try keys.activation()
    layerNormEpsilon = try keys.optional("layer_norm_eps")?.epsilon() ?? 1e-5
    guard hiddenSize.isMultiple(of: headCount) else {
      throw keys.place("hidden_size").inconsistent(
        "\(hiddenSize) is not a multiple of num_attention_heads \(headCount)")
    }
  }
}

/// An inner config: older files hold a second copy of it, which wins where it stands.
struct CLIPKeys {
  fileprivate static let sizes = 1...1 << 28

  private let name: FilePlace
  private let config: Config?
  private let override: Config?

  fileprivate init(_ outer: Config, _ key: String) throws {
    name = outer.field.place.key(key)
    config = try outer.optionalObject(key)
    override = try outer.optionalObject("\(key)_dict")
  }

  fileprivate func place(_ key: String) -> FilePlace { name.key(key) }

  fileprivate func optional(_ key: String) throws -> Field? {
    let base = try config?.optional(key)
    return try override?.optional(key) ?? base
  }

  fileprivate func size(_ key: String, default value: Int) throws -> Int {
    try int(key, in: Self.sizes, default: value)
  }

  fileprivate func int(
    _ key: String, in range: ClosedRange<Int>, default value: Int
  ) throws -> Int {
    try optional(key)?.int(in: range) ?? value
  }

  fileprivate func activation() throws -> Activation {
    guard let found = try optional("hidden_act") else { return .quickGELU }
    return try found.choice()
  }
}
