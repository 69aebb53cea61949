import TesseraFiles
import TesseraJSON

extension PixelRecipe {
  /// Reads the recipe of a `preprocessor_config.json`.
  ///
  /// The result is that of transformers 4's processor of the first name, whose defaults stand in for
  /// keys that are missing. A key that is not known here is an error, as it may change pixels, unless
  /// its value says that nothing is done (`null` or `false`).
  /// - Throws: `FileError`, or `RecipeError` naming file, key and value.
  package init(preprocessorConfig path: String, _ processor: PictureProcessor) throws {
    let file = try MappedFile(path)
    self = try withExtendedLifetime(file) {
      try PixelRecipe(preprocessorConfig: file.bytes, file: path, processor)
    }
  }

  /// Reads the recipe within a `processor_config.json`.
  /// - Throws: `FileError`, or `RecipeError` naming file, key and value.
  package init(processorConfig path: String, _ processor: PictureProcessor) throws {
    let file = try MappedFile(path)
    self = try withExtendedLifetime(file) {
      try PixelRecipe(
        PreprocessorConfig(withinProcessorConfig: file.bytes, file: path), processor)
    }
  }

  /// Reads the recipe from the bytes of a `preprocessor_config.json`.
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - file: the name for error messages.
  /// - Throws: `RecipeError` naming file, key and value.
  package init(
    preprocessorConfig bytes: UnsafeRawBufferPointer, file: String, _ processor: PictureProcessor
  ) throws {
    try self.init(PreprocessorConfig(bytes, file: file), processor)
  }

  private init(_ config: PreprocessorConfig, _ processor: PictureProcessor) throws {
    var readBeside = processor.unreadKeys
    if case .patches = processor.resizing { readBeside.formUnion(PreprocessorConfig.patchKeys) }
    try config.refuseUnknownKeys(besides: readBeside)
    try config.requireProcessor(among: processor.names)
    // What a class leaves to its caller is RGB too: a model reads nothing else.
    if !config.isNull("do_convert_rgb") {
      guard try config.bool("do_convert_rgb") ?? true else {
        throw config.unsupported("do_convert_rgb", expected: "true")
      }
    }

    isRGBFirst = true
    resizing =
      try config.bool("do_resize") ?? true
      ? try config.resizing(processor) : nil
    filter = try config.filter() ?? processor.filter
    crop =
      try config.bool("do_center_crop") ?? (processor.crop != nil)
      ? CenterCrop(
        size: try config.cropSize() ?? processor.crop ?? PixelSize(width: 224, height: 224),
        rounding: .down)
      : nil
    let scale =
      try config.bool("do_rescale") ?? true ? try config.number("rescale_factor") ?? 1 / 255 : nil
    let statistics =
      try config.bool("do_normalize") ?? true
      ? (
        try config.channels("image_mean") ?? processor.mean,
        try config.channels("image_std", isDivisor: true) ?? processor.deviation
      ) : nil
    normalization = Normalization(
      scale: scale, offset: try config.bool("rescale_offset") ?? false ? 1 : 0,
      statistics: statistics,
      dividedAgain: try config.bool("include_top") ?? processor.dividesAgain
        ? config.channels("image_std", isDivisor: true) ?? processor.deviation : nil)

    // A model reads images of one size, or of as many patches as it can.
    if crop == nil {
      switch resizing {
      case .exactly, .patches: break
      case .shorterSide, nil:
        throw config.unsupported(
          "do_center_crop", expected: "true, or a size with height and width")
      }
    }
  }
}
