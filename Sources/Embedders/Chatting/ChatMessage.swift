/// A turn of a conversation with a chat model.
public struct ChatMessage: Sendable {
  /// Who speaks.
  public enum Role: String, Sendable, CaseIterable {
    /// How the model is to answer; the first turn, if there is one.
    case system
    case user
    /// The model.
    case assistant
  }

  /// What stands in a turn.
  public enum Part: Sendable {
    /// Words.
    case text(String)
    /// A picture.
    case image(ImageSource)
  }

  /// Who speaks.
  public let role: Role
  /// In the order in which the model reads them.
  public let parts: [Part]

  /// A turn of several parts.
  public init(_ role: Role, _ parts: [Part]) { (self.role, self.parts) = (role, parts) }

  /// A turn of words alone.
  public init(_ role: Role, _ text: String) { self.init(role, [.text(text)]) }

  var images: [ImageSource] {
    parts.compactMap { if case .image(let image) = $0 { image } else { nil } }
  }
}

/// How an answer is chosen; what is nil stands in the folder's `generation_config.json`.
public struct ChatOptions: Sendable {
  /// Tokens of the answer at most; 512 where the folder says nothing, and what the context has room for.
  public var maxNewTokens: Int?
  /// What scores are divided by before a token is drawn; 0 takes the likeliest token each time, and so
  /// does nil where neither the folder nor one of the next three says that tokens are drawn.
  public var temperature: Float?
  /// Only the fewest of the likeliest tokens whose probabilities sum to at least as much are drawn.
  public var topP: Float?
  /// Only the likeliest so many tokens are drawn; 0 for all. 50 where the folder says nothing.
  public var topK: Int?
  /// Only tokens with at least this part of the likeliest one's probability are drawn.
  public var minP: Float?
  /// What scores of tokens that occurred are divided by, or multiplied by where they are negative.
  public var repetitionPenalty: Float?
  /// The same seed draws the same answer; nil for one that nobody knows before.
  public var seed: UInt64?
  /// Texts at which an answer ends, themselves left out; beside those of the folder.
  public var stops: [String]
  /// How many tokens that could follow are told of each step, whether they may be drawn or not.
  public var candidates: Int

  /// All as the folder says.
  public init(
    maxNewTokens: Int? = nil, temperature: Float? = nil, topP: Float? = nil, topK: Int? = nil,
    minP: Float? = nil, repetitionPenalty: Float? = nil, seed: UInt64? = nil, stops: [String] = [],
    candidates: Int = 0
  ) {
    self.maxNewTokens = maxNewTokens
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.seed = seed
    self.stops = stops
    self.candidates = candidates
  }
}

/// What a model answered.
public struct ChatAnswer: Sendable, Equatable {
  /// Why it ended.
  public enum End: String, Sendable {
    /// The model, or a text at which answers end, said so.
    case stop
    /// There were as many tokens as were asked for, or as the context has room for.
    case length
    /// The surrounding task was cancelled.
    case interrupted
  }

  /// The words, without special tokens.
  public let text: String
  /// The answer's tokens, the one that ends it included.
  public let tokenIDs: [Int]
  /// Tokens of the conversation before the answer, those of pictures included.
  public let promptTokenCount: Int
  /// How many of them had to be read; the others were known from the turns before.
  public let readTokenCount: Int
  /// Why it ended.
  public let end: End
  /// Draws the same answer again.
  public let seed: UInt64
}

/// One token of an answer, and what could have stood in its place.
public struct ChatStep: Sendable, Equatable {
  /// A token as the vocabulary spells it.
  public struct Candidate: Sendable, Equatable {
    /// The token.
    public let id: Int
    /// As the vocabulary spells it.
    public let token: String
    /// The model's score.
    public let logit: Float
    /// The softmax of all scores, before any setting.
    public let probability: Float
  }

  /// From 0.
  public let index: Int
  /// The token that was chosen.
  public let id: Int
  /// As the vocabulary spells it.
  public let token: String
  /// The likeliest, best first.
  public let candidates: [Candidate]
}

/// Why there is no answer.
public enum ConversationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The context has no room for an answer.
  case full(tokens: Int, limit: Int)

  /// For people.
  public var description: String {
    switch self {
    case .full(let tokens, let limit):
      "the conversation has \(tokens) tokens, and the model reads \(limit) at most, answer included"
    }
  }
}
