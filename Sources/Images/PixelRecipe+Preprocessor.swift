import TesseraFiles
import TesseraJSON

extension PixelRecipe {
  /// Reads the recipe of a `preprocessor_config.json`.
  ///
  /// The result is that of transformers 4's processor of the first name, whose defaults stand in for
  /// keys that are missing. A key that is not known here is an error, as it may change pixels, unless
  /// its value says that nothing is done (`null` or `false`).
  /// - Parameter processors: the classes that the file may name.
  /// - Throws: `FileError`, or `RecipeError` naming file, key and value.
  package init(preprocessorConfig path: String, processors: [String]) throws {
    let file = try MappedFile(path)
    self = try withExtendedLifetime(file) {
      try PixelRecipe(preprocessorConfig: file.bytes, file: path, processors: processors)
    }
  }

  /// Reads the recipe from the bytes of a `preprocessor_config.json`.
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name for error messages.
  ///   - processors: the classes that the file may name.
  /// - Throws: `RecipeError` naming file, key and value.
  package init(
    preprocessorConfig bytes: UnsafeRawBufferPointer, file: String, processors: [String]
  ) throws {
    let config = try PreprocessorConfig(bytes, file: file)
    try config.refuseUnknownKeys()
    try config.requireProcessor(among: processors)
    guard try config.bool("do_convert_rgb") ?? true else {
      throw config.unsupported("do_convert_rgb", expected: "true")
    }

    isRGBFirst = true
    resizing =
      try config.bool("do_resize") ?? true
      ? try config.resizing() ?? .shorterSide(224) : nil
    filter = try config.filter() ?? .bicubic
    crop =
      try config.bool("do_center_crop") ?? true
      ? CenterCrop(
        size: try config.cropSize() ?? PixelSize(width: 224, height: 224), rounding: .down)
      : nil
    let scale =
      try config.bool("do_rescale") ?? true ? try config.number("rescale_factor") ?? 1 / 255 : nil
    let statistics =
      try config.bool("do_normalize") ?? true
      ? (
        try config.channels("image_mean") ?? Normalization.openAIMean,
        try config.channels("image_std", isDivisor: true) ?? Normalization.openAIDeviation
      ) : nil
    normalization = Normalization(scale: scale, statistics: statistics)

    // A model reads images of one size.
    if crop == nil {
      guard case .exactly = resizing else {
        throw config.unsupported(
          "do_center_crop", expected: "true, or a size with height and width")
      }
    }
  }
}
