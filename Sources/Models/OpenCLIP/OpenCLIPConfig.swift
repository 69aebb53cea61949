import TesseraImages
import TesseraJSON
import TesseraTensors

/// What inference reads of an `open_clip_config.json`; what is missing is open_clip's default
/// (CLIPTextCfg, CLIPVisionCfg, PreprocessCfg).
struct OpenCLIPConfig: Sendable {
  let dimension: Int
  let text: CLIPTextConfig
  let vision: Vision
  let recipe: PixelRecipe

  enum Vision: Sendable {
    case vit(CLIPTowerConfig, imageSize: Int, patchSize: Int)
    /// One of timm's EVA02, whose sizes its tensors have.
    case eva02(imageSize: Int)

    var imageSize: Int {
      switch self {
      case .vit(_, let imageSize, _), .eva02(let imageSize): imageSize
      }
    }
  }

  /// Those of timm's models that have the mathematics of `EVA02`.
  private static let eva02Names = [
    "eva02_base_patch16_clip_224", "eva02_large_patch14_clip_224", "eva02_large_patch14_clip_336",
  ]

  /// - Throws: `FieldError`, `RecipeError`.
  init(_ config: Config) throws {
    let model = try config.object("model_cfg")
    try model.requireKnown([
      "embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "custom_text", "init_logit_scale",
    ])
    dimension = try model.size("embed_dim")
    let activation: Activation =
      try model.optional("quick_gelu")?.bool() ?? false ? .quickGELU : .gelu
    text = try CLIPTextConfig(ofOpenCLIP: model.object("text_cfg"), activation)
    vision = try Self.vision(model.object("vision_cfg"), activation)
    recipe = try PixelRecipe(
      ofOpenCLIP: config.optionalObject("preprocess_cfg"), size: vision.imageSize)
  }

  private static func vision(_ config: Config, _ activation: Activation) throws -> Vision {
    try config.requireKnown([
      "layers", "width", "head_width", "mlp_ratio", "patch_size", "image_size", "patch_dropout",
      "attn_pooler_queries", "attn_pooler_heads", "pos_embed_type", "pool_type", "output_tokens",
      "timm_model_name", "timm_model_pretrained", "timm_pool", "timm_drop", "timm_drop_path",
    ])
    let imageSize = try config.int("image_size", in: 1...4096, default: 224)
    if let name = try config.optional("timm_model_name") {
      guard try eva02Names.contains(name.string()) else {
        throw name.wrongType(eva02Names.joined(separator: ", "))
      }
      try config.requireIfPresent("timm_pool", is: "token")
      return .eva02(imageSize: imageSize)
    }
    try config.requireIfPresent("pos_embed_type", is: "learnable")
    try config.requireIfPresent("pool_type", is: "tok")
    let width = try config.int("width", in: sizes, default: 768)
    let headWidth = try config.int("head_width", in: sizes, default: 64)
    let patchSize = try config.int("patch_size", in: sizes, default: 16)
    try config.requireDivisible("width", width, by: "head_width", headWidth)
    try config.requireDivisible("image_size", imageSize, by: "patch_size", patchSize)
    return .vit(
      CLIPTowerConfig(
        hiddenSize: width, intermediateSize: try config.intermediateSize(of: width),
        layerCount: try config.int("layers", in: 1...4096, default: 12),
        headCount: width / headWidth, activation: activation, layerNormEpsilon: 1e-5,
        spelling: .openCLIP),
      imageSize: imageSize, patchSize: patchSize)
  }

  fileprivate static let sizes = 1...1 << 20
}

extension CLIPTextConfig {
  /// - Throws: `FieldError`.
  fileprivate init(ofOpenCLIP config: Config, _ activation: Activation) throws {
    try config.requireKnown([
      "context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio", "pool_type",
      "proj_type", "output_tokens", "hf_tokenizer_name", "pad_id", "eos_id", "correct_cls_mask",
      "hf_model_pretrained", "hf_proj_type", "hf_pooler_type",
    ])
    try config.requireIfPresent("pool_type", is: "argmax")
    try config.requireIfPresent("proj_type", is: "linear")
    let sizes = OpenCLIPConfig.sizes
    let width = try config.int("width", in: sizes, default: 512)
    let heads = try config.int("heads", in: sizes, default: 8)
    try config.requireDivisible("width", width, by: "heads", heads)
    self.init(
      tower: CLIPTowerConfig(
        hiddenSize: width, intermediateSize: try config.intermediateSize(of: width),
        layerCount: try config.int("layers", in: 1...4096, default: 12), headCount: heads,
        activation: activation, layerNormEpsilon: 1e-5, spelling: .openCLIP),
      vocabularySize: try config.int("vocab_size", in: 1...1 << 28, default: 49408),
      maxPositionEmbeddings: try config.int("context_length", in: sizes, default: 77),
      isCausal: true, pooledToken: .largest)
  }
}

extension PixelRecipe {
  /// open_clip's transform for inference.
  ///
  /// - Parameter size: of the model's pictures, unless the file says otherwise.
  /// - Throws: `FieldError`.
  fileprivate init(ofOpenCLIP config: Config?, size: Int) throws {
    guard let config else {
      self = .torchvision(size: size)
      return
    }
    try config.requireKnown([
      "size", "mode", "mean", "std", "interpolation", "resize_mode", "fill_color",
    ])
    try config.requireIfPresent("mode", is: "RGB")
    try config.requireSize(size)
    self = .torchvision(
      size: size, isSquashed: try config.isSquashed(),
      filter: try config.interpolation(),
      mean: try config.channels("mean") ?? Normalization.openAIMean,
      deviation: try config.channels("std") ?? Normalization.openAIDeviation)
  }
}

extension Config {
  fileprivate func intermediateSize(of width: Int) throws -> Int {
    let ratio = try optional("mlp_ratio")?.number() ?? 4
    guard ratio > 0, ratio <= 64 else {
      throw field.place.key("mlp_ratio").wrongType(expected: "above 0", found: "\(ratio)")
    }
    return Int(Double(width) * ratio)
  }
}
