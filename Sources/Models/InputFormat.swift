/// How a model reads items, which its config alone decides: no weight is needed to know it.
package protocol InputFormat: Sendable {
  /// Side of the pictures it reads, in pixels; nil if it reads none.
  var imageSize: Int? { get }

  /// How a picture and a text in one item are read.
  var fusion: Fusion { get }

  /// Rows of the table of word embeddings.
  var vocabularySize: Int { get }

  /// Tokens of text that fit, special tokens included, beside a picture or alone.
  func maximumTextTokens(besideImage: Bool) -> Int

  /// What stands in each row of the sequence that its layers read.
  func layout(of input: ModelInput) -> [SequenceRow]

  /// - Throws: `ConfigError` for what no model of this kind can have.
  func validate() throws
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

/// A text encoder reads its tokens and nothing else.
extension BERTConfig: InputFormat {
  package var imageSize: Int? { nil }
  package var fusion: Fusion { .textOnly }
  package func maximumTextTokens(besideImage: Bool) -> Int { maximumTokens }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    zip(input.ids.indices, positions(of: input.ids)).map { SequenceRow(.token($0), position: $1) }
  }
}

/// The picture's patches stand between the class token and the words.
extension VisualizedBGEConfig: InputFormat {
  package var imageSize: Int? { vision.imageSize }
  package var fusion: Fusion { .oneSequence(imageTokens: vision.patchCount) }
  package var vocabularySize: Int { text.vocabularySize }

  package func maximumTextTokens(besideImage: Bool) -> Int {
    besideImage ? text.maxPositionEmbeddings - vision.patchCount : text.maximumTokens
  }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    let words = zip(input.ids.indices, textPositions(of: input)).map {
      SequenceRow(.token($0), position: $1)
    }
    guard input.picture != nil else { return words }
    let image = (0..<vision.patchCount).map { SequenceRow(.patch($0), position: 1 + $0) }
    return words.prefix(1) + image + words.dropFirst()
  }

  /// Beside a picture, the words stand behind its tokens on both backbones.
  func textPositions(of input: ModelInput) -> [Int] {
    guard input.picture != nil else { return text.positions(of: input.ids) }
    return [0] + (1..<input.ids.count).map { vision.patchCount + $0 }
  }
}

/// A text and a picture are read by a tower each.
extension CLIPConfig: InputFormat {
  package var imageSize: Int? { vision.imageSize }
  package var fusion: Fusion { .separateTowers(imageTokens: 1 + vision.patchCount) }
  package var vocabularySize: Int { text.vocabularySize }
  package func maximumTextTokens(besideImage: Bool) -> Int { text.maxPositionEmbeddings }

  package func layout(of input: ModelInput) -> [SequenceRow] {
    guard input.picture != nil else {
      return input.ids.indices.map { SequenceRow(.token($0), position: $0) }
    }
    return [SequenceRow(.imageClass, position: 0)]
      + (0..<vision.patchCount).map { SequenceRow(.patch($0), position: 1 + $0) }
  }
}
