import Foundation

/// A folder whose tokenizer goes along with a checkpoint that has none.
enum TokenizerFiles {
  private static let names = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt",
    "sentencepiece.bpe.model",
  ]

  /// The names of the tokenizer's files that are present; `tokenizer.json` must be.
  ///
  /// - Throws: `ConversionError`.
  static func present(in folder: String) throws -> [String] {
    let present = names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    guard present.first == "tokenizer.json" else {
      throw ConversionError.fileMissing(folder: folder, name: "tokenizer.json")
    }
    return present
  }
}
