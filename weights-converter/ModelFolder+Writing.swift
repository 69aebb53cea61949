import Foundation
import TesseraFiles

extension AtomicFolder {
  /// The folder of a new model.
  ///
  /// - Parameter replaces: whether an existing model folder may be replaced.
  /// - Throws: `ConversionError` where something stands there that may not be replaced.
  init(model target: String, replaces: Bool) throws {
    self.init(target: target, replaces: replaces, tag: "converting")
    guard Self.exists(target) else { return }
    guard replaces else { throw ConversionError.targetExists(target) }
    let contents = try? FileManager.default.contentsOfDirectory(atPath: target)
    let configs = ["config.json", "open_clip_config.json"]
    guard let contents, contents.isEmpty || contents.contains(where: configs.contains) else {
      throw ConversionError.targetNotAModel(target)
    }
  }
}
