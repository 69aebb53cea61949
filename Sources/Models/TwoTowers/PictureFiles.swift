import Foundation
import TesseraImages
import TesseraJSON

extension ModelFiles {
  /// What is done to a picture: what transformers 5 writes, `image_processor` in
  /// `processor_config.json`, or else `preprocessor_config.json`. Where both stand, the first counts, as
  /// there.
  ///
  /// - Throws: `FileError`, `RecipeError`.
  func pixelRecipe(_ processor: PictureProcessor) throws -> PixelRecipe {
    try PixelRecipe(preprocessor(), processor)
  }

  /// - Throws: `FileError`, `FieldError`, `RecipeError`.
  func preprocessor() throws -> PreprocessorConfig {
    let own = transformerFolder.appending(path: "preprocessor_config.json")
    let all = transformerFolder.appending(path: "processor_config.json")
    if let file = try config(ifPresent: all.lastPathComponent),
      try file.optional("image_processor") != nil
        || !FileManager.default.fileExists(atPath: own.path)
    {
      return try PreprocessorConfig(processorConfig: all.path)
    }
    return try PreprocessorConfig(preprocessorConfig: own.path)
  }

  /// Whether vectors have length 1: a folder of sentence-transformers says so by a module, and all
  /// others leave it to the caller, where every example does so.
  ///
  /// - Throws: `FieldError` for modules that would change the vector in an unknown way.
  func normalizesFeatures() throws -> Bool {
    try modules?.normalizesTowers() ?? true
  }
}

extension PixelRecipe {
  /// - Throws: `FieldError` where pictures are not cut as the model reads them.
  func require(patchSide: Int, _ config: Config) throws {
    guard self.patchSide == patchSide else {
      throw config.field.place.key("vision_config.patch_size").inconsistent(
        "\(patchSide), but the image processor's file has \(self.patchSide.map(String.init) ?? "none")"
      )
    }
  }

  /// - Throws: `FieldError` where pictures are not made as large as the model reads them.
  func require(side: Int, _ config: Config) throws {
    guard outputSize == PixelSize(width: side, height: side) else {
      let made = outputSize.map { "\($0.width) × \($0.height)" } ?? "any size"
      throw config.field.place.key("vision_config.image_size").inconsistent(
        "\(side), but the image processor's file makes pictures of \(made)")
    }
  }
}
