import TesseraImages
import TesseraJSON
import TesseraTensors

/// What inference reads of jina-clip's `config.json`, whose defaults are those of its own code.
///
/// The text tower's configuration stands in another repository; what it decides is read from the
/// tensors' shapes, and the rest is that of jina-embeddings-v2.
struct JinaCLIPConfig: Sendable {
  let text: BERTConfig
  let pooling: Pooling
  /// Of a text's features before a projection that both towers may have.
  let textDimension: Int
  let hasTextProjection: Bool
  let textProjectionHasBias: Bool
  let vision: EVA02Config
  let visionDimension: Int
  let hasVisionHead: Bool
  /// Nil where neither tower has one more projection.
  let projectionDimension: Int?

  private static let sizes = 1...1 << 20

  /// - Throws: `FieldError`, `WeightsError`.
  init(_ folder: ModelFiles) throws {
    let config = folder.config
    let keys = try config.object("text_config")
    let inner = try keys.optionalObject("hf_model_config_kwargs")
    text = try BERTConfig(ofJinaCLIP: folder, inner)
    textDimension = try keys.int("embed_dim", in: Self.sizes, default: 768)
    pooling = try Self.pooling(keys)
    for key in ["default_lora_task", "default_instruction_task"] {
      if let task = try keys.optional(key) {
        throw task.place.unsupported("a text tower of jina-embeddings-v3, as in jina-clip-v2,")
      }
    }
    (hasTextProjection, textProjectionHasBias) = (
      try Self.hasProjection(keys, from: text.hiddenSize, to: textDimension),
      try keys.optional("proj_bias")?.bool() ?? false
    )

    let picture = try config.object("vision_config")
    vision = try EVA02Config(ofJinaCLIP: picture)
    visionDimension = try picture.int("embed_dim", in: Self.sizes, default: 768)
    let projection = try picture.optional("proj_type")
    try picture.requireIfPresent("proj_type", is: "linear")
    hasVisionHead = projection != nil
    guard hasVisionHead || visionDimension == vision.hiddenSize else {
      throw picture.field.place.key("embed_dim").inconsistent(
        "\(visionDimension), but width is \(vision.hiddenSize) and there is no proj_type")
    }

    let adds = try config.optional("add_projections")?.bool() ?? false
    projectionDimension =
      adds ? try config.int("projection_dim", in: Self.sizes, default: 768) : nil
    guard adds || textDimension == visionDimension else {
      throw picture.field.place.key("embed_dim").inconsistent(
        "\(visionDimension), but texts become \(textDimension) numbers")
    }
    // A length that the reference cuts vectors to is the caller's to ask for here.
    if let cut = try config.optional("truncate_dim") {
      throw cut.place.unsupported("a cut of vectors")
    }
  }

  private static func pooling(_ keys: Config) throws -> Pooling {
    guard let name = try keys.optional("pooler_type") else { return .cls }
    switch try name.string() {
    case "mean_pooler": return .mean
    case "cls_pooler": return .cls
    default: throw name.wrongType("mean_pooler, cls_pooler")
    }
  }

  /// A projection stands there where one is asked for, or where the widths differ.
  private static func hasProjection(_ keys: Config, from width: Int, to other: Int) throws -> Bool {
    guard try keys.optional("proj_type") != nil else { return width != other }
    try keys.requireIfPresent("proj_type", is: "linear")
    return true
  }
}

extension BERTConfig {
  fileprivate init(ofJinaCLIP folder: ModelFiles, _ keys: Config?) throws {
    let transformer = "text_model.transformer"
    let words = try folder.shape(of: "\(transformer).embeddings.word_embeddings.weight", rank: 2)
    let types = try folder.shape(
      of: "\(transformer).embeddings.token_type_embeddings.weight", rank: 2)
    let down = try folder.shape(of: "\(transformer).encoder.layers.0.mlp.wo.weight", rank: 2)
    let heads = try keys?.int("num_attention_heads", in: 1...1 << 20, default: words[1] / 64)
    self.init(
      vocabularySize: words[0], hiddenSize: words[1],
      layerCount: try folder.checkpoint.get().layerCount(behind: "\(transformer).encoder.layers."),
      headCount: max(heads ?? words[1] / 64, 1), intermediateSize: down[1], activation: .gelu,
      layerNormEpsilon: try keys?.optional("layer_norm_eps")?.epsilon() ?? 1e-12,
      positions: PositionTable(
        count: try keys?.int("max_position_embeddings", in: 1...1 << 20, default: 8192) ?? 8192,
        start: .zero),
      tokenTypeCount: types[0])
    try keys?.requireIfPresent("position_embedding_type", is: "alibi")
    guard hiddenSize.isMultiple(of: headCount) else {
      throw folder.config.field.place.key("text_config").inconsistent(
        "\(headCount) heads, but a token has \(hiddenSize) numbers")
    }
  }
}

extension EVA02Config {
  fileprivate init(ofJinaCLIP config: Config) throws {
    let sizes = 1...1 << 20
    // Without these the blocks are another model's.
    for key in ["rope_embeddings", "naive_swiglu", "subln", "intp_freq"] {
      guard try config.optional(key)?.bool() == true else {
        throw config.field.place.key(key).wrongType(expected: "true", found: "nothing, or false")
      }
    }
    for key in ["post_norm", "ls_init_value"] {
      if let field = try config.optional(key), field.value.bool != false {
        throw field.wrongType("false")
      }
    }
    if let bias = try config.optional("qkv_bias"), try !bias.bool() { throw bias.wrongType("true") }
    let width = try config.int("width", in: sizes, default: 768)
    let headWidth = try config.int("head_width", in: sizes, default: 64)
    let imageSize = try config.int("image_size", in: 1...4096, default: 224)
    let patchSize = try config.int("patch_size", in: sizes, default: 16)
    let ratio = try config.optional("mlp_ratio")?.number() ?? 4
    guard width.isMultiple(of: headWidth), headWidth.isMultiple(of: 4),
      imageSize.isMultiple(of: patchSize), ratio > 0, ratio <= 64
    else {
      throw config.field.place.inconsistent(
        "width \(width), head_width \(headWidth), image_size \(imageSize), patch_size \(patchSize) "
          + "and mlp_ratio \(ratio) make no tower")
    }
    self.init(
      imageSize: imageSize, patchSize: patchSize, hiddenSize: width,
      layerCount: try config.int("layers", in: 1...4096, default: 12),
      headCount: width / headWidth, intermediateSize: Int(Double(width) * ratio),
      layerNormEpsilon: 1e-6,
      rotary: .computed(places: try config.int("pt_hw_seq_len", in: 1...4096, default: 16)),
      spelling: .original)
  }
}
