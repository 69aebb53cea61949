import Foundation
import Tokenizers

extension Tokenizer {
  /// The tokenizer of a model folder, also where `modules.json` puts it into a folder of its own.
  ///
  /// - Throws: `EmbedderError.unusableModel`.
  package init(modelFolder: URL) throws {
    do {
      try self.init(folder: SentenceTransformersLayout(folder: modelFolder).transformerFolder)
    } catch {
      throw EmbedderError.unusableModel(folder: modelFolder.path, reason: "\(error)")
    }
  }
}
