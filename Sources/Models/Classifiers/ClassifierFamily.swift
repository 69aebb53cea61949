import TesseraCheckpoints
import TesseraJSON
import TesseraTokenizers

/// A family of which some folders are classifiers: rerankers, and models of a few labels.
package protocol ClassifierFamily: ModelFamily {
  /// Whether a folder is one; `architectures` says so, unless a family knows it otherwise.
  static func classifies(_ folder: ModelFiles) throws -> Bool

  /// The names of the numbers that it gives, in their order.
  func labels(_ folder: ModelFiles) throws -> [String]

  /// Builds the model of a folder that is one.
  ///
  /// - Parameters:
  ///   - labels: how many numbers it gives.
  ///   - tokenizer: waits for it, if it is still being read.
  /// - Throws: `WeightsError`, `FieldError`, what reading the tokenizer threw.
  func classifier(
    _ weights: Weights, labels: Int, tokenizer: () throws -> Tokenizer
  ) throws -> any ClassifierModel

  /// How a text, or a pair of texts, becomes one sequence.
  ///
  /// - Throws: `PairError`.
  func sequence(
    of first: String, and second: String?, _ tokenizer: Tokenizer, limit: Int,
    truncation: PairTruncation
  ) throws -> Encoding

  /// Tokens that every pair has beside those of its texts; a limit must leave room for more.
  func fixedTokenCount(_ tokenizer: Tokenizer) -> Int
}

extension ClassifierFamily {
  package static func classifies(_ folder: ModelFiles) throws -> Bool {
    try folder.classifierArchitecture() != nil
  }

  package func labels(_ folder: ModelFiles) throws -> [String] { try folder.labels() }

  package func sequence(
    of first: String, and second: String?, _ tokenizer: Tokenizer, limit: Int,
    truncation: PairTruncation
  ) throws -> Encoding {
    try plainSequence(of: first, and: second, tokenizer, limit: limit, truncation: truncation)
  }

  /// As the tokenizer puts texts together.
  func plainSequence(
    of first: String, and second: String?, _ tokenizer: Tokenizer, limit: Int,
    truncation: PairTruncation
  ) throws -> Encoding {
    guard let second else { return tokenizer.encode(first, maxLength: limit) }
    return try tokenizer.encode(first, second, maxLength: limit, truncation: truncation)
  }

  package func fixedTokenCount(_ tokenizer: Tokenizer) -> Int { tokenizer.pairSpecialTokenCount }
}

extension ModelFiles {
  /// The labels of a classifier, in the order of its logits.
  ///
  /// - Throws: `FieldError`.
  package func labels() throws -> [String] {
    guard let names = try config.optionalObject("id2label") else {
      // The defaults are transformers'.
      let count = try config.optional("num_labels")?.int(in: 1...1 << 20) ?? 2
      return (0..<count).map { "LABEL_\($0)" }
    }
    let members = try names.field.members()
    guard !members.isEmpty else { throw names.field.wrongType("a name for each label") }
    return try (0..<members.count).map { try names.string(String($0)) }
  }

  /// What becomes of the logits where a caller asks for the folder's own scores: the activation that
  /// it names, or else sigmoid for one label and nothing for more.
  ///
  /// - Throws: `FieldError` for an activation that is not known.
  package func scoreActivation(labelCount: Int) throws -> TorchActivation {
    let field =
      try sentenceTransformersConfig?.optional("activation_fn")
      ?? config.optionalObject("sentence_transformers")?.optional("activation_fn")
      ?? config.optional("sbert_ce_default_activation_function")
    return try field.map(TorchActivation.init) ?? (labelCount == 1 ? .sigmoid : .identity)
  }
}
