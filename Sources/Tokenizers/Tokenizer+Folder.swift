#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Tokenizer {
  /// Builds the tokenizer of a model folder: from tokenizer.json, else from BERT's vocab.txt, else
  /// from vocab.json and merges.txt; tokenizer_config.json is laid over each.
  ///
  /// - Parameter lowercasing: whether texts are lowercased before the folder's own normalizer.
  /// - Throws: `TokenizerError`.
  package init(folder: URL, lowercasing: Bool = false) throws {
    func has(_ name: String) -> Bool { folder.appending(path: name).isPresent }
    var config = try TokenizerConfig(folder: folder)
    var parts: TokenizerParts
    if has(TokenizerFile.name) {
      parts = try TokenizerFile.read(folder.appending(path: TokenizerFile.name))
    } else if has(BERTFiles.vocabularyName) {
      parts = try BERTFiles.read(folder, &config)
    } else if has(MergesFiles.vocabularyName), has(MergesFiles.mergesName) {
      parts = try MergesFiles.read(folder, &config)
    } else {
      throw TokenizerError.noTokenizer(
        folder: folder.path(percentEncoded: false),
        lookedFor: [
          TokenizerFile.name, BERTFiles.vocabularyName,
          "\(MergesFiles.vocabularyName) with \(MergesFiles.mergesName)",
        ])
    }
    try ConfigOverlay(config: config).apply(to: &parts)
    if lowercasing {
      parts.normalizer = NormalizerSequence(
        steps: [LowercaseNormalizer()] + [parts.normalizer].compactMap { $0 })
    }
    try self.init(parts, config: config)
  }

  /// Builds the tokenizer that a tokenizer.json describes.
  /// - Throws: `TokenizerError`.
  package init(file: URL) throws {
    try self.init(TokenizerFile.read(file), config: nil)
  }
}
