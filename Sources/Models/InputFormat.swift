import TesseraTensors

/// How a model reads items, which its config alone decides: no weight is needed to know it.
package protocol InputFormat: Sendable {
  /// Side of the pictures it reads, or of the largest square ones, in pixels; nil if it reads none.
  var imageSize: Int? { get }

  /// How a picture and a text in one item are read.
  var fusion: Fusion { get }

  /// Rows of the table of word embeddings.
  var vocabularySize: Int { get }

  /// Types that a token may have; 0 where the model knows none.
  var tokenTypeCount: Int { get }

  /// Tokens of text that fit, special tokens included, beside a picture or alone.
  func maximumTextTokens(besideImage: Bool) -> Int

  /// The limit where neither the folder nor a caller names one, if it is another.
  var usualTextTokens: Int? { get }

  /// What stands behind every text up to a fixed length; nil where texts stand as they are.
  var textPadding: TextPadding? { get }

  /// Whether the tower that reads pictures puts a class token before the patches.
  var hasTowerClassToken: Bool { get }

  /// Rows and columns of a picture's patches; nil where pictures are square.
  func patchGrid(of input: ModelInput) -> (rows: Int, columns: Int)?

  /// What stands in each row of the sequence that its layers read.
  func layout(of input: ModelInput) -> [SequenceRow]

  /// A made-up item, to be measured: words and a square picture of `imageSize`.
  func input(ids: [Int], pixels: Tensor?) -> ModelInput
}

extension InputFormat {
  package var imageSize: Int? { nil }
  package var fusion: Fusion { .textOnly }
  package var tokenTypeCount: Int { 0 }
  package var usualTextTokens: Int? { nil }
  package var textPadding: TextPadding? { nil }
  package var hasTowerClassToken: Bool { true }
  package func patchGrid(of input: ModelInput) -> (rows: Int, columns: Int)? { nil }
  package func input(ids: [Int], pixels: Tensor?) -> ModelInput {
    ModelInput(ids: ids, pixels: pixels)
  }
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
  /// Texts and pictures have a tower each, and the vector of both is the sum of what they make.
  case summedTowers(imageTokens: Int)
  /// It reads no texts.
  case picturesOnly(imageTokens: Int)
  /// A picture is a page between words of the model's own, and texts are asked for pages: one sequence
  /// each, and none of both. A page's tokens are among the ids.
  case pages

  /// Tokens that a picture adds to the ids.
  package var imageTokens: Int {
    switch self {
    case .textOnly, .pages: 0
    case .oneSequence(let count), .separateTowers(let count), .summedTowers(let count),
      .picturesOnly(let count):
      count
    }
  }

  /// Whether a picture is read by itself, whatever stands beside it.
  package var hasPictureTower: Bool {
    switch self {
    case .textOnly, .oneSequence, .pages: false
    case .separateTowers, .summedTowers, .picturesOnly: true
    }
  }

  package var readsTexts: Bool { if case .picturesOnly = self { false } else { true } }

  /// The same towers, with the sum for the vector of both; nil where there are not two.
  package var summing: Fusion? {
    hasPictureTower && readsTexts ? .summedTowers(imageTokens: imageTokens) : nil
  }
}

/// Tokens that fill every text up to a length and that the model reads as it reads words: they are
/// a part of what it was trained on.
package struct TextPadding: Equatable, Sendable {
  /// Tokens of a text that is filled, special ones included.
  package let length: Int

  package init(length: Int) { self.length = length }
}
