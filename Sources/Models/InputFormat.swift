/// How a model reads items, which its config alone decides: no weight is needed to know it.
package protocol InputFormat: Sendable {
  /// Side of the pictures it reads, in pixels; nil if it reads none.
  var imageSize: Int? { get }

  /// How a picture and a text in one item are read.
  var fusion: Fusion { get }

  /// Rows of the table of word embeddings.
  var vocabularySize: Int { get }

  /// Types that a token may have; 0 where the model knows none.
  var tokenTypeCount: Int { get }

  /// Tokens of text that fit, special tokens included, beside a picture or alone.
  func maximumTextTokens(besideImage: Bool) -> Int

  /// What stands in each row of the sequence that its layers read.
  func layout(of input: ModelInput) -> [SequenceRow]
}

extension InputFormat {
  package var imageSize: Int? { nil }
  package var fusion: Fusion { .textOnly }
  package var tokenTypeCount: Int { 0 }
}

/// What a model makes of a picture beside a text.
package enum Fusion: Equatable, Sendable {
  /// It reads no pictures.
  case textOnly
  /// One sequence holds both; a picture by itself is read with an empty text. So many tokens are
  /// the picture's.
  case oneSequence(imageTokens: Int)
  /// Texts and pictures have a tower each, and there is no vector of both.
  case separateTowers(imageTokens: Int)

  /// Tokens that a picture adds to the work.
  package var imageTokens: Int {
    switch self {
    case .textOnly: 0
    case .oneSequence(let count), .separateTowers(let count): count
    }
  }
}
