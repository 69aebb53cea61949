import TesseraEmbedders
import TesseraModels

/// What every token of a layer takes from every other, head by head.
///
/// ```swift
/// let attention = try Attention(of: item, in: .encoder, layer: 3, of: embedder)
/// let map = try attention.map(of: .one(5))
/// try map.heatMap().write(to: URL(filePath: "layer3-head5.png"))
/// ```
public struct Attention: Sendable {
  /// The stage that was traced: `bge_encoder.layer.3.attention.probs`.
  public let stage: String
  /// H.
  public let headCount: Int
  /// The tokens, T.
  public let sequence: TokenSequence
  /// Weights [H, T, T]: for each head and each token that looks, the tokens that it looks at; a
  /// row sums to 1.
  public let weights: [Float]
  /// The vector of the same run, with what is to be said of the text; nil if made of a stage.
  public let embedding: Embedding?

  /// One head of a layer, or all of them.
  public enum Heads: Sendable, Equatable {
    /// The mean of all heads.
    case mean
    /// One head, from 0.
    case one(Int)
  }

  package init(stage: String, headCount: Int, sequence: TokenSequence, weights: [Float]) {
    precondition(weights.count == headCount * sequence.tokens.count * sequence.tokens.count)
    self.stage = stage
    self.headCount = headCount
    self.sequence = sequence
    self.weights = weights
    embedding = nil
  }

  /// - Throws: `AttentionError.notAttention` unless the stage is [H, T, T] for these T tokens.
  public init(_ stage: TracedEmbedding.Stage, of sequence: TokenSequence) throws {
    try self.init(stage, of: sequence, embedding: nil)
  }

  private init(
    _ stage: TracedEmbedding.Stage, of sequence: TokenSequence, embedding: Embedding?
  ) throws {
    let count = sequence.tokens.count
    guard stage.shape.count == 3, stage.shape[0] > 0, stage.shape[1] == count,
      stage.shape[2] == count
    else { throw AttentionError.notAttention(stage.name, shape: stage.shape, tokens: count) }
    self.stage = stage.name
    self.sequence = sequence
    headCount = stage.shape[0]
    weights = stage.values
    self.embedding = embedding
  }

  /// Encodes an item and keeps the attention of one layer.
  ///
  /// - Throws: `AttentionError`, `EmbedderError`; `CancellationError` if the task was cancelled.
  public init(
    of item: Item, in stack: LayerStack = .encoder, layer: Int, of embedder: Embedder
  ) throws {
    let sequence = try embedder.tokens(of: item, in: stack)
    let count = sequence.tokens.count
    guard count > 0 else { throw AttentionError.stackNotRun(stack) }
    guard count <= Self.maximumTokens else {
      throw AttentionError.tooManyTokens(count, limit: Self.maximumTokens)
    }
    let names = embedder.family.stages
    let traced = try embedder.encodeTracing(
      item, matching: [names.attention(of: stack, layer: layer)])
    guard let stage = traced.stages.first else {
      let all = try embedder.encodeTracing(item, matching: [names.attention(of: stack)])
      throw AttentionError.noSuchLayer(layer, count: all.stages.count)
    }
    try self.init(stage, of: sequence, embedding: traced.embedding)
  }

  /// A longer sequence makes matrices, and pictures, too large to be looked at.
  public static let maximumTokens = 1024

  /// All weights of one head, or their mean over the heads.
  ///
  /// - Throws: `AttentionError.noSuchHead`.
  public func map(of heads: Heads) throws -> AttentionMap {
    let count = sequence.tokens.count
    let size = count * count
    switch heads {
    case .one(let head):
      guard (0..<headCount).contains(head) else {
        throw AttentionError.noSuchHead(head, count: headCount)
      }
      return AttentionMap(
        title: "\(stage)[head \(head)]", sequence: sequence, queries: Array(0..<count),
        weights: Array(weights[head * size..<(head + 1) * size]))
    case .mean:
      var sums = [Float](repeating: 0, count: size)
      for head in 0..<headCount {
        for i in 0..<size { sums[i] += weights[head * size + i] }
      }
      return AttentionMap(
        title: "\(stage)[mean of \(headCount) heads]", sequence: sequence,
        queries: Array(0..<count), weights: sums.map { $0 / Float(headCount) })
    }
  }
}

/// Why there is no attention to show.
public enum AttentionError: Error, Equatable, CustomStringConvertible {
  /// A stage that is no [H, T, T].
  case notAttention(String, shape: [Int], tokens: Int)
  /// The item has nothing that the stack reads.
  case stackNotRun(LayerStack)
  /// More tokens than can be looked at.
  case tooManyTokens(Int, limit: Int)
  /// Layers count from 0.
  case noSuchLayer(Int, count: Int)
  /// Heads count from 0.
  case noSuchHead(Int, count: Int)
  /// No token, or run of tokens, has this spelling.
  case noSuchWord(String, words: [String])
  /// There is no picture in the sequence.
  case noPatches

  /// One line that says what is wrong, and what there is instead.
  public var description: String {
    switch self {
    case .notAttention(let stage, let shape, let tokens):
      "\(stage) is \(shape); attention of \(tokens) tokens is [heads, \(tokens), \(tokens)]"
    case .stackNotRun(let stack):
      "the \(stack.rawValue) does not run for this item, or the model has none"
    case .tooManyTokens(let count, let limit):
      "\(count) tokens are too many to look at, \(limit) is the limit; --max-length cuts the text"
    case .noSuchLayer(let layer, let count):
      "there is no layer \(layer); \(Self.range(count))"
    case .noSuchHead(let head, let count): "there is no head \(head); \(Self.range(count))"
    case .noSuchWord(let word, let words):
      "no token is \"\(word)\"; there are \(words.joined(separator: " "))"
    case .noPatches: "there is no picture in this sequence"
    }
  }

  private static func range(_ count: Int) -> String {
    count > 0 ? "there are 0 to \(count - 1)" : "there are none"
  }
}
