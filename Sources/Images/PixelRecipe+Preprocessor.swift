extension PixelRecipe {
  /// Reads the recipe of a `preprocessor_config.json`.
  ///
  /// The result is that of transformers 4's processor of the first name, whose defaults stand in for
  /// keys that are missing. A key that is not known here is an error, as it may change pixels, unless
  /// its value says that nothing is done (`null` or `false`).
  /// - Throws: `RecipeError` naming file, key and value.
  package init(_ config: PreprocessorConfig, _ processor: PictureProcessor) throws {
    try config.check(processor)
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
    normalization = try config.normalization(processor)

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

extension PreprocessorConfig {
  /// Refuses keys that are not known, another class's files, and pictures that are not made RGB.
  func check(_ processor: PictureProcessor) throws {
    var readBeside = processor.unreadKeys
    if case .patches = processor.resizing { readBeside.formUnion(PreprocessorConfig.patchKeys) }
    try refuseUnknownKeys(besides: readBeside)
    try requireProcessor(among: processor.names)
    // What a class leaves to its caller is RGB too: a model reads nothing else.
    if !isNull("do_convert_rgb") {
      guard try bool("do_convert_rgb") ?? true else {
        throw unsupported("do_convert_rgb", expected: "true")
      }
    }
  }

  func normalization(_ processor: PictureProcessor) throws -> Normalization {
    let scale =
      try bool("do_rescale") ?? true ? try number("rescale_factor") ?? 1 / 255 : nil
    let statistics =
      try bool("do_normalize") ?? true
      ? (
        try channels("image_mean") ?? processor.mean,
        try channels("image_std", isDivisor: true) ?? processor.deviation
      ) : nil
    return Normalization(
      scale: scale, offset: try bool("rescale_offset") ?? false ? 1 : 0,
      statistics: statistics,
      dividedAgain: try bool("include_top") ?? processor.dividesAgain
        ? channels("image_std", isDivisor: true) ?? processor.deviation : nil)
  }
}
