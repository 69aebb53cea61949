import Foundation
import TesseraJSON

/// The files in which sentence-transformers says how texts are read.
extension ModelFiles {
  /// The names that releases gave the transformer's own file; the first that holds something counts.
  private static let sentenceConfigNames = [
    "sentence_bert_config.json", "sentence_roberta_config.json", "sentence_distilbert_config.json",
    "sentence_camembert_config.json", "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json", "sentence_xlnet_config.json",
  ]

  /// - Throws: `FileError`, `FieldError`.
  static func sentenceConfig(in folder: URL) throws -> Config? {
    for name in sentenceConfigNames {
      if let config = try Config(ifPresent: folder.appending(path: name)),
        try !config.field.members().isEmpty
      {
        return config
      }
    }
    return nil
  }

  /// Whether the folder was written before release 5.4 of sentence-transformers, which reads texts
  /// otherwise; nil where it does not say.
  ///
  /// - Throws: `FieldError`.
  package func isOlderSentenceTransformers() throws -> Bool? {
    let version =
      try sentenceTransformersConfig?.optionalObject("__version__")?
      .optional("sentence_transformers")
      ?? config.optionalObject("sentence_transformers")?.optional("version")
    guard let version else { return nil }
    let numbers = try version.string().split(separator: ".").prefix(2).compactMap { Int($0) }
    guard numbers.count == 2 else { throw version.wrongType("a version such as 5.4.0") }
    return (numbers[0], numbers[1]) < (5, 4)
  }
}
