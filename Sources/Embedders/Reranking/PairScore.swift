import Foundation
import TesseraModels

/// Two texts that are read together, or one that is read alone.
public struct TextPair: Sendable {
  /// A query, or a premise.
  public var first: String
  /// A passage, or a hypothesis; nil for a text by itself.
  public var second: String?

  /// Makes a pair.
  public init(_ first: String, _ second: String? = nil) {
    self.first = first
    self.second = second
  }
}

/// What a classifier says of a text or a pair of texts.
public struct PairScore: Sendable {
  /// One number a label, as the model's last layer gives it.
  public let logits: [Float]
  /// What the folder makes of them: by the activation that it names, or else sigmoid for one label
  /// and the logits for more. sentence-transformers' `CrossEncoder.predict`.
  public let predictions: [Float]
  /// One label: sigmoid. More: softmax over them, or the sigmoid of each where the folder names it.
  public let probabilities: [Float]
  /// What the folder's `problem_type` says that the logits are, where it says so: numbers as they are
  /// (regression), one label of several, or each by itself; else the probabilities. transformers'
  /// pipeline for texts.
  public let labelScores: [Float]
  /// Tokens that the model read, special tokens included.
  public let tokenCount: Int
  /// Set where the texts were longer than the model, or the caller, allows.
  public let truncation: Embedding.Truncation?
  /// Set where the texts have words that the vocabulary does not.
  public let unknownWords: Embedding.UnknownWords?

  /// The first label's logit: what a reranker sorts by, as sigmoids of large numbers are all 1.
  public var logit: Float { logits[0] }

  init(
    _ logits: [Float], _ activation: TorchActivation, _ problem: ProblemType?,
    _ pair: PreparedPair
  ) {
    let row = logits.map(Double.init)
    self.logits = logits
    predictions = activation(row).map(Float.init)
    let scores: TorchActivation = row.count == 1 || activation == .sigmoid ? .sigmoid : .softmax
    probabilities = scores(row).map(Float.init)
    let byProblem: TorchActivation =
      switch problem {
      case .regression: .identity
      case .multiLabel: .sigmoid
      case .singleLabel: row.count == 1 ? .sigmoid : .softmax
      case nil: scores
      }
    labelScores = byProblem(row).map(Float.init)
    tokenCount = pair.tokenCount
    truncation = pair.truncation
    unknownWords = pair.unknownWords
  }
}
