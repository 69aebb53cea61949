/// What is put before a text, as models that were trained with instructions expect it.
///
/// The words stand before the text as they are: a space belongs to them.
public enum Prompt: Sendable, Equatable {
  /// These words; empty for none.
  case text(String)
  /// The prompt that the model's folder has under this name.
  case named(String)
  /// The folder's prompt of this name, or else these words.
  case nameOrText(String)
  /// The folder's prompt for queries: "query". Where it names prompts for either role and this one
  /// has none, nothing; where it names none, its default.
  case query
  /// The folder's prompt for what is searched: the first of "document", "passage", "corpus".
  case document
}

/// Whether white space around a text is dropped before the tokenizer sees it.
///
/// sentence-transformers did so until its release 5.3, and does not from 5.4 on.
public enum WhiteSpace: String, Sendable, CaseIterable {
  case stripped, kept
}

/// How the vectors of a model are meant to be compared.
public enum SimilarityFunction: String, Sendable, CaseIterable {
  /// The cosine of the angle.
  case cosine
  /// The inner product.
  case dot
  /// The distance, negative: 0 for equal vectors.
  case euclidean
  /// The sum of the differences, negative.
  case manhattan
}
