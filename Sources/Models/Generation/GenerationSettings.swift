import TesseraJSON

/// How a decoder's text is chosen: what of transformers' `GenerationConfig` changes an answer.
package struct GenerationSettings: Sendable, Equatable {
  /// Tokens in all, the prompt's included.
  package var maximumLength: Int?
  /// Tokens behind the prompt; stands above `maximumLength`.
  package var maximumNewTokens: Int?
  /// Tokens in all before the text may end.
  package var minimumLength = 0
  /// Tokens behind the prompt before the text may end; stands above `minimumLength`.
  package var minimumNewTokens: Int?
  /// Hypotheses that are followed at once; 1 takes the likeliest token each time.
  package var beams = 1
  package var earlyStopping = EarlyStopping.whenNoneCanImprove
  /// A finished text's score is its log probability over its number of new tokens to this power.
  package var lengthPenalty = 1.0
  /// What scores of tokens that occurred are divided by, or multiplied by where they are negative.
  package var repetitionPenalty: Float = 1
  /// No sequence of so many tokens occurs twice; 0 for any.
  package var noRepeatNGramSize = 0
  /// Whether tokens are drawn; the likeliest is taken otherwise.
  package var isSampling = false
  package var sampling = Sampling()
  /// Texts at which an answer ends, themselves left out.
  package var stops: [String] = []
  /// Tokens that are never chosen.
  package var forbiddenTokens: Set<Int> = []

  package enum EarlyStopping: Sendable, Equatable {
    /// As soon as there are as many finished texts as beams.
    case whenEnoughAreFinished
    /// When the best that goes on, at its present length, is worse than all finished ones.
    case whenNoneCanImprove
    /// When that is so at the length that would suit it best.
    case whenCertain
  }

  package init() {}
}

extension GenerationSettings {
  /// New tokens where nothing says how many, as in transformers.
  private static let defaultNewTokens = 20

  /// Lengths in all for a prompt of so many tokens.
  ///
  /// - Parameter positions: tokens that the decoder can read.
  /// - Throws: `GenerationError` where there is no room.
  func lengths(behind prompt: Int, positions: Int) throws -> (minimum: Int, maximum: Int) {
    let maximum =
      maximumNewTokens.map { prompt + $0 } ?? maximumLength
      ?? min(prompt + Self.defaultNewTokens, positions)
    guard maximum > prompt else {
      throw GenerationError.promptTooLong(tokens: prompt, limit: maximum)
    }
    // The last token is written, and never read.
    guard maximum - 1 <= positions else {
      throw GenerationError.textTooLong(tokens: maximum, limit: positions + 1)
    }
    return (minimumNewTokens.map { prompt + $0 } ?? minimumLength, maximum)
  }
}

/// Why no text can be written.
package enum GenerationError: Error, Equatable, CustomStringConvertible {
  case promptTooLong(tokens: Int, limit: Int)
  case textTooLong(tokens: Int, limit: Int)
  case givenTextTooLong(tokens: Int, limit: Int)
  case notFinite

  package var description: String {
    switch self {
    case .promptTooLong(let tokens, let limit):
      "the prompt has \(tokens) tokens, and the text \(limit) at most: nothing can follow it"
    case .textTooLong(let tokens, let limit):
      "a text of \(tokens) tokens is asked for; this model writes \(limit) at most, prompt included"
    case .givenTextTooLong(let tokens, let limit):
      "the text has \(tokens) tokens; this model reads \(limit) at most"
    case .notFinite:
      "the model's scores have numbers that are infinite or not a number; are the weights damaged?"
    }
  }
}
