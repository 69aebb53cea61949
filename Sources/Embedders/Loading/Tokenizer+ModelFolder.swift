import Foundation
import TesseraModels
import TesseraTokenizers

extension Tokenizer {
  /// The tokenizer of a model folder, also where `modules.json` puts it into a folder of its own.
  ///
  /// - Throws: `EmbedderError.unusableModel`.
  package init(modelFolder: URL) throws {
    self = try EmbedderError.reading(modelFolder) {
      // config.json may lack: a tokenizer by itself can be read too.
      try Tokenizer(folder: ModuleChain(folder: modelFolder)?.transformerFolder ?? modelFolder)
    }
  }
}
