import TesseraImages
import TesseraJSON

extension PixelRecipe {
  private static let processors = ["JinaCLIPImageProcessor"]

  /// What jina-clip's own processor does to a picture that was made RGB, as the model's `encode_image`
  /// makes it.
  ///
  /// - Throws: `FileError`, `FieldError`.
  init(ofJinaCLIP folder: ModelFiles, size: Int) throws {
    guard let config = try folder.config(ifPresent: "preprocessor_config.json") else {
      self = .torchvision(size: size, isRGBFirst: true)
      return
    }
    try config.requireKnown([
      "size", "mean", "std", "resize_mode", "interpolation", "fill_color", "auto_map",
      "image_processor_type", "processor_class", "feature_extractor_type", "_valid_processor_keys",
    ])
    if let name = try config.optional("image_processor_type") {
      guard try Self.processors.contains(name.string()) else {
        throw name.wrongType(Self.processors.joined(separator: ", "))
      }
    }
    try config.requireSize(size)
    self = .torchvision(
      size: size, isRGBFirst: true, isSquashed: try config.isSquashed(),
      filter: try config.interpolation(),
      mean: try config.channels("mean") ?? Normalization.openAIMean,
      deviation: try config.channels("std") ?? Normalization.openAIDeviation)
  }
}
