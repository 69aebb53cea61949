import Foundation
import TesseraLayers
import TesseraModels
import TesseraTensors

/// A model that reads two texts together and says how well they fit: a cross-encoder.
///
/// ```swift
/// let reranker = try Reranker(modelFolder: URL(filePath: "models/bge-reranker-v2-m3"))
/// let hits = try reranker.rank(passages, for: "how many people live in Berlin?")
/// print(hits[0].index, hits[0].score.logit)
/// ```
///
/// It is slower than comparing vectors, as every pair is a run of the model, and tells more; so it
/// puts into order what vectors have found. A model of several labels says how a text, or a pair of
/// texts, is distributed over them.
///
/// A reranker never changes and may be used from several tasks at once.
public struct Reranker: Sendable {
  /// The choices that a caller has.
  public struct Options: Sendable {
    /// Tokens of a pair that are read, special tokens included; nil for the model's own limit.
    public var maxLength: Int?
    /// Which text is cut where both do not fit.
    public var truncation: Truncation
    /// Tokens of pairs that are computed together.
    public var batchTokens: Int
    /// What is put before the first text; nil for the folder's default.
    public var prompt: Prompt?
    /// Nil for what the folder's release of sentence-transformers did.
    public var whiteSpace: WhiteSpace?
    /// Nil for that of the model folder: int8 where its weights are quantized, else float32.
    public var precision: Precision?

    /// The defaults are those of sentence-transformers' `CrossEncoder`.
    public init(
      maxLength: Int? = nil, truncation: Truncation = .longestFirst, batchTokens: Int = 2048,
      precision: Precision? = nil, prompt: Prompt? = nil, whiteSpace: WhiteSpace? = nil
    ) {
      self.maxLength = maxLength
      self.truncation = truncation
      self.batchTokens = batchTokens
      self.precision = precision
      self.prompt = prompt
      self.whiteSpace = whiteSpace
    }
  }

  /// Which of two texts is cut where both do not fit.
  public enum Truncation: String, CaseIterable, Sendable {
    /// The longer one, until both are as long, by the rules of Hugging Face's tokenizers.
    case longestFirst = "longest-first"
    /// Never the first, which must fit.
    case onlySecond = "only-second"
  }

  /// The labels' names, in the order of a score's logits; one for most rerankers.
  public let labels: [String]
  /// The arithmetic in use.
  public let precision: Precision
  /// What a user should know of how the model's files were read.
  public let notes: [String]
  private let model: any ClassifierModel
  let reader: PairReader
  private let activation: TorchActivation
  private let problem: ProblemType?
  private let batchTokens: Int

  /// Loads a folder in Hugging Face's layout, of a `…ForSequenceClassification`.
  ///
  /// - Throws: `EmbedderError.unusableModel`, naming the file and what is wrong with it;
  ///   `EmbedderError.precisionNotSupported`, `EmbedderError.limitTooLow`.
  public init(modelFolder: URL, options: Options = Options()) throws {
    self = try EmbedderError.reading(modelFolder) {
      let folder = try ModelFiles(folder: modelFolder)
      let family = try Families.classifier(of: folder)
      let labels = try family.labels(folder)
      let activation = try folder.scoreActivation(labelCount: labels.count)
      let problem = try folder.problemType()
      // The vocabulary is read while the weights find their places.
      let reader = Background { try PairReader(folder, family, options) }
      let loaded = try LoadedModel(
        folder, precision: options.precision, ignoring: type(of: family).unusedTensors
      ) { weights in
        try family.classifier(weights, labels: labels.count) { try reader.get().tokenizer }
      }
      return Reranker(
        labels: labels, precision: loaded.precision,
        notes: loaded.notes + (try folder.fieldNotes(type(of: family)))
          + (try reader.get()).tokenizer.notes,
        model: loaded.model, reader: try reader.get(), activation: activation,
        problem: problem, batchTokens: options.batchTokens)
    }
  }

  private init(
    labels: [String], precision: Precision, notes: [String], model: any ClassifierModel,
    reader: PairReader, activation: TorchActivation, problem: ProblemType?, batchTokens: Int
  ) {
    self.labels = labels
    self.precision = precision
    self.notes = notes
    self.model = model
    self.reader = reader
    self.activation = activation
    self.problem = problem
    self.batchTokens = batchTokens
  }

  /// Whether a score's `labelScores` are numbers that the model was trained to give, and no shares.
  public var isRegression: Bool { problem == .regression }

  /// Whether the model was trained to judge each label by itself, so that shares do not sum to one.
  public var judgesLabelsApart: Bool { problem == .multiLabel }

  /// The most tokens of a pair that are read, special ones included.
  public var maximumTokens: Int { reader.limit }

  /// Scores pairs in batches, without padding; results are in the order of the pairs.
  ///
  /// A pair that fails does not stop the others: its result says why.
  /// - Throws: `CancellationError` if the surrounding task was cancelled.
  public func scores(of pairs: [TextPair]) throws -> [Result<PairScore, EmbedderError>] {
    try scores(of: pairs, trace: nil)
  }

  /// Scores one pair.
  ///
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func score(of pair: TextPair) throws -> PairScore { try scores(of: [pair])[0].get() }

  /// - Parameter trace: sees every stage; what it sees may be NaN, and so may the logits be.
  package func scores(
    of pairs: [TextPair], trace: Trace?
  ) throws -> [Result<PairScore, EmbedderError>] {
    var results: [Result<PairScore, EmbedderError>] = []
    results.reserveCapacity(pairs.count)
    let size = 16 * Parallel.threadCount
    for start in stride(from: 0, to: pairs.count, by: size) {
      let window = pairs[start..<min(start + size, pairs.count)]
      let prepared = Parallel.map(window.count) { place in
        Result { () throws(EmbedderError) in
          try reader.input(of: window[window.startIndex + place])
        }
      }
      results += try scores(of: prepared, trace)
    }
    return results
  }

  private func scores(
    of prepared: [Result<PreparedPair, EmbedderError>], _ trace: Trace?
  ) throws -> [Result<PairScore, EmbedderError>] {
    var results: [Result<PairScore, EmbedderError>?] = prepared.map { result in
      if case .failure(let error) = result { .failure(error) } else { nil }
    }
    let usable = prepared.enumerated().compactMap { index, result in
      (try? result.get()).map { (index: index, pair: $0) }
    }
    for batch in tokenBatches(of: usable.map(\.pair.tokenCount), limit: batchTokens) {
      try Task.checkCancellation()
      let scores = try scores(ofBatch: usable[batch].map(\.pair), trace)
      for (place, score) in zip(batch, scores) { results[usable[place].index] = score }
    }
    return results.map { $0 ?? .failure(.noTokens) }
  }

  /// Scores pairs that are computed together, with the bits that each has alone.
  func scores(
    ofBatch pairs: [PreparedPair], _ trace: Trace? = nil
  ) throws -> [Result<PairScore, EmbedderError>] {
    zip(pairs, try model(pairs.map(\.input), trace: trace)).map { pair, logits in
      let score = PairScore(logits.elements, activation, problem, pair)
      return trace == nil && !score.logits.allSatisfy(\.isFinite)
        ? .failure(.notFinite) : .success(score)
    }
  }
}

extension Reranker {
  /// A passage with its score.
  public struct Hit: Sendable {
    /// The passage's place among those that were given.
    public let index: Int
    /// Its score for the query.
    public let score: PairScore
  }

  /// Puts passages into order for a query, the best first; of equal logits, the one that was given
  /// first is first.
  ///
  /// - Throws: `EmbedderError` of the first passage that fails, and for a model of several labels;
  ///   `CancellationError` if the surrounding task was cancelled.
  public func rank(_ passages: [String], for query: String) throws -> [Hit] {
    guard labels.count == 1 else { throw EmbedderError.notAReranker(labels: labels) }
    return try scores(of: passages.map { TextPair(query, $0) }).enumerated().map {
      Hit(index: $0, score: try $1.get())
    }
    .sorted { ($0.score.logit, $1.index) > ($1.score.logit, $0.index) }
  }
}
