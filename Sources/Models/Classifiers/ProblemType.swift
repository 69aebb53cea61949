import TesseraJSON

/// What a classifier was trained to tell, in transformers' words.
package enum ProblemType: String, Sendable, CaseIterable {
  /// Numbers, as they are.
  case regression
  /// One label of several.
  case singleLabel = "single_label_classification"
  /// Each label by itself.
  case multiLabel = "multi_label_classification"
}

extension ModelFiles {
  /// `problem_type`; nil where the folder does not say.
  ///
  /// - Throws: `FieldError` for another word, as transformers does.
  package func problemType() throws -> ProblemType? {
    try config.optional("problem_type").map { field -> ProblemType in try field.choice() }
  }
}
