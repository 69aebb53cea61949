import TesseraJSON
import TesseraTensors

/// What inference reads of a BLIP `config.json`.
///
/// transformers leaves out of the inner configs what equals its defaults, so those are part of the
/// format, and stand here (BlipTextConfig, BlipVisionConfig).
struct BLIPConfig: Sendable {
  let text: Text
  let vision: Vision
  /// Length of the vectors that a text and a picture are compared by.
  let projectionSize: Int
  /// Of the file, for messages.
  let place: FilePlace

  /// - Throws: `FieldError` for sizes that no model can have, and for unknown variants.
  init(_ config: Config) throws {
    place = config.field.place
    text = try Text(config.inner("text_config"))
    vision = try Vision(config.inner("vision_config"))
    projectionSize = try config.size("image_text_hidden_size", default: 256)
    for config in [config, try config.inner("text_config")] {
      if let isTied = try config.optional("tie_word_embeddings"), try !isTied.bool() {
        throw isTied.wrongType("true")
      }
    }
  }

  /// BERT, with attention over the picture in every layer.
  struct Text: Sendable {
    let layers: BERTConfig
    /// What a decoder's text begins with, [DEC].
    let start: Int
    /// What it ends with, [SEP].
    let end: Int

    init(_ keys: Config) throws {
      let place = keys.field.place
      layers = BERTConfig(
        vocabularySize: try keys.size("vocab_size", default: 30524),
        hiddenSize: try keys.size("hidden_size", default: 768),
        layerCount: try keys.layerCount(default: 12),
        headCount: try keys.size("num_attention_heads", default: 8),
        intermediateSize: try keys.size("intermediate_size", default: 3072),
        activation: try keys.activation(default: .gelu),
        layerNormEpsilon: try keys.epsilon(default: 1e-12),
        positions: PositionTable(
          count: try keys.size("max_position_embeddings", default: 512), start: .zero),
        tokenTypeCount: 0)
      try keys.requireDivisible(
        "hidden_size", layers.hiddenSize, by: "num_attention_heads", layers.headCount)
      if let isDecoder = try keys.optional("is_decoder"), try !isDecoder.bool() {
        throw place.key("is_decoder").unsupported("false: there is then no attention over pictures")
      }
      let ids = 0...layers.vocabularySize - 1
      // Only decoders have these tokens.
      start = try keys.optional("bos_token_id")?.int(in: ids) ?? min(30522, ids.upperBound)
      end = try keys.optional("sep_token_id")?.int(in: ids) ?? min(102, ids.upperBound)
    }
  }

  /// The tower for pictures.
  struct Vision: Sendable {
    let hiddenSize: Int
    let intermediateSize: Int
    let layerCount: Int
    let headCount: Int
    let activation: Activation
    let layerNormEpsilon: Float
    let imageSize: Int
    let patchSize: Int

    init(_ keys: Config) throws {
      hiddenSize = try keys.size("hidden_size", default: 768)
      intermediateSize = try keys.size("intermediate_size", default: 3072)
      layerCount = try keys.layerCount(default: 12)
      headCount = try keys.size("num_attention_heads", default: 12)
      activation = try keys.activation(default: .gelu)
      layerNormEpsilon = try keys.epsilon(default: 1e-5)
      try keys.requireColours()
      imageSize = try keys.side("image_size", default: 384)
      patchSize = try keys.side("patch_size", default: 16)
      try keys.requireDivisible("hidden_size", hiddenSize, by: "num_attention_heads", headCount)
      guard imageSize >= patchSize else {
        throw keys.field.place.key("patch_size").inconsistent(
          "\(patchSize), but image_size is \(imageSize)")
      }
    }

    /// The class token, and the patches.
    var tokenCount: Int { 1 + (imageSize / patchSize) * (imageSize / patchSize) }
  }
}

extension Config {
  /// A side of a square in pixels, as one number or two alike.
  fileprivate func side(_ key: String, default value: Int) throws -> Int {
    guard let field = try defaulted(key) else { return value }
    guard field.value.array != nil else { return try field.int(in: 1...4096) }
    let sides = try field.elements().map { try $0.int(in: 1...4096) }
    guard sides.count == 2, sides[0] == sides[1] else { throw field.wrongType("one side") }
    return sides[0]
  }
}
