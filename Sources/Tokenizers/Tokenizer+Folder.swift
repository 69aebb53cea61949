#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Tokenizer {
  /// Builds the tokenizer of a model folder: from tokenizer.json, else from BERT's vocab.txt, else
  /// from CLIP's vocab.json and merges.txt.
  /// - Throws: `TokenizerError`.
  package init(folder: URL) throws {
    func has(_ name: String) -> Bool { folder.appending(path: name).isPresent }
    let config = try TokenizerConfig(folder: folder)
    if has(TokenizerFile.name) {
      try self.init(TokenizerFile.read(folder.appending(path: TokenizerFile.name)), config: config)
    } else if has(BERTFiles.vocabularyName) {
      try self.init(BERTFiles.read(folder, config), config: config)
    } else if has(CLIPFiles.vocabularyName), has(CLIPFiles.mergesName) {
      try self.init(CLIPFiles.read(folder, config), config: config)
    } else {
      throw TokenizerError.noTokenizer(
        folder: folder.path(percentEncoded: false),
        lookedFor: [
          TokenizerFile.name, BERTFiles.vocabularyName,
          "\(CLIPFiles.vocabularyName) with \(CLIPFiles.mergesName)",
        ])
    }
  }

  /// Builds the tokenizer that a tokenizer.json describes.
  /// - Throws: `TokenizerError`.
  package init(file: URL) throws {
    try self.init(TokenizerFile.read(file), config: nil)
  }
}
