import Checkpoints
import Foundation
import Images
import Layers
import Models
import Tensors
import Tokenizers

/// A model that turns texts, pictures, or both together into vectors.
///
/// ```swift
/// let embedder = try Embedder(modelFolder: URL(filePath: "models/visualized-bge"))
/// let whale = try embedder.encode(.text("a whale in the sea"))
/// let logo = try embedder.encode(.pair(image: URL(filePath: "logo.png"), text: "blue whale"))
/// print(whale.similarity(to: logo))
/// ```
///
/// An embedder never changes and may be used from several tasks at once.
public struct Embedder: Sendable {
  /// The choices that a caller has.
  public struct Options: Sendable {
    /// Tokens of text that are read, special tokens included; nil for the model's own limit.
    public var maxLength: Int?
    /// Tokens, of texts and pictures, that are computed together.
    public var batchTokens: Int
    /// Pictures with more pixels are refused before they are decoded.
    public var maximumPixels: Int
    /// Nil for that of the model folder: int8 where its weights are quantized, else float32.
    public var precision: Precision?

    /// The defaults suit most uses.
    public init(
      maxLength: Int? = nil, batchTokens: Int = 2048,
      maximumPixels: Int = Embedder.defaultMaximumPixels, precision: Precision? = nil
    ) {
      self.maxLength = maxLength
      self.batchTokens = batchTokens
      self.maximumPixels = maximumPixels
      self.precision = precision
    }
  }

  let model: any EmbeddingModel
  /// The arithmetic in use.
  public let precision: Precision
  let preparation: Preparation
  let options: Options
  /// The checkpoint's tensors, and whether the model reads them.
  let tensors: [(info: TensorInfo, isRead: Bool)]

  /// Loads a folder in Hugging Face's layout; its `config.json` decides what is built.
  ///
  /// - Throws: `EmbedderError.unusableModel`, naming the file and what is wrong with it;
  ///   `EmbedderError.precisionNotSupported`, `EmbedderError.limitTooLow`.
  public init(modelFolder: URL, options: Options = Options()) throws {
    let (loaded, preparation) = try EmbedderError.reading(modelFolder) {
      let description = try ModelDescription(folder: modelFolder)
      let loaded = try LoadedModel(description, precision: options.precision)
      return (loaded, try Preparation(description, options))
    }
    model = loaded.model
    precision = loaded.precision
    self.preparation = preparation
    self.options = options
    tensors = loaded.tensors.map { ($0, !loaded.unreadNames.contains($0.name)) }
  }

  /// Width times height at which a picture is refused unless the caller says otherwise.
  public static let defaultMaximumPixels = ImageLimits().maximumPixelCount

  /// Length of every vector.
  public var dimension: Int { model.dimension }

  /// Whether the model reads pictures.
  public var supportsImages: Bool { inputFormat.imageSize != nil }

  /// The kinds of vectors that the model gives.
  public var vectorKinds: [VectorKind] {
    VectorKind.allCases.filter { model.outputKinds.contains(OutputKinds([$0])) }
  }

  var inputFormat: any InputFormat { preparation.inputFormat }

  /// How the vocabulary spells a token; nil for an id that it does not have.
  public func token(_ id: Int) -> String? { preparation.tokenizer.token(id) }

  /// exp of CLIP's learned scale, the factor on cosines before a softmax; nil for other models.
  public var logitScale: Float? { (model as? CLIP)?.logitScale }

  /// Threads that compute, for the whole process; the number of processors unless set.
  public static var threadCount: Int {
    get { Parallel.threadCount }
    set { Parallel.threadCount = newValue }
  }

  /// Encodes one item.
  ///
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func encode(_ item: Item, returning kinds: [VectorKind] = [.dense]) throws -> Embedding {
    try encode(item, returning: kinds, trace: nil)
  }

  /// Encodes items in batches, without padding; results are in the order of the items.
  ///
  /// An item that fails does not stop the others: its result says why.
  /// - Throws: `CancellationError` if the surrounding task was cancelled;
  ///   `EmbedderError.kindNotSupported`.
  public func encode(
    _ items: [Item], returning kinds: [VectorKind] = [.dense]
  ) throws -> [Result<Embedding, EmbedderError>] {
    let outputKinds = try supported(kinds)
    var results: [Result<Embedding, EmbedderError>] = []
    results.reserveCapacity(items.count)
    for window in windows(of: items.count) {
      try Task.checkCancellation()
      let part = items[window]
      let prepared = Parallel.map(part.count) { preparation.prepare(part[part.startIndex + $0]) }
      results += try encode(prepared, outputKinds)
    }
    return results
  }

  func encode(_ item: Item, returning kinds: [VectorKind], trace: Trace?) throws -> Embedding {
    let outputKinds = try supported(kinds)
    let prepared = try preparation.prepare(item).get()
    let outputs = try model([prepared.input], outputKinds, trace: trace)
    return trace == nil
      ? try prepared.embedding(outputs[0]) : prepared.uncheckedEmbedding(outputs[0])
  }

  private func encode(
    _ prepared: [Result<PreparedItem, EmbedderError>], _ kinds: OutputKinds
  ) throws -> [Result<Embedding, EmbedderError>] {
    var outputs: [ModelOutput] = []
    let usable = prepared.compactMap { try? $0.get() }
    for batch in batches(of: usable.map(\.tokenCount)) {
      try Task.checkCancellation()
      outputs += try model(usable[batch].map(\.input), kinds, trace: nil)
    }
    // One output was made for each usable item, in their order.
    var next = outputs.makeIterator()
    return prepared.map { item in
      item.flatMap { item in
        Result { () throws(EmbedderError) in try item.embedding(next.next() ?? ModelOutput()) }
      }
    }
  }

  private func supported(_ kinds: [VectorKind]) throws(EmbedderError) -> OutputKinds {
    let outputKinds = OutputKinds(kinds)
    if let kind = kinds.first(where: { !model.outputKinds.contains(OutputKinds([$0])) }) {
      throw .kindNotSupported(kind, supported: vectorKinds)
    }
    return outputKinds
  }

  /// Items that are prepared at once. Pictures are decoded by all threads, a few ahead, so that memory
  /// does not grow with the number of items.
  func windows(of itemCount: Int) -> [Range<Int>] {
    let size = 16 * Parallel.threadCount
    return stride(from: 0, to: itemCount, by: size).map { $0..<min($0 + size, itemCount) }
  }

  /// Neighbours together, as many as the budget of tokens holds, at least one.
  func batches(of tokenCounts: [Int]) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var start = 0
    var tokens = 0
    for (i, count) in tokenCounts.enumerated() {
      if i > start, tokens + count > options.batchTokens {
        batches.append(start..<i)
        (start, tokens) = (i, 0)
      }
      tokens += count
    }
    if start < tokenCounts.count { batches.append(start..<tokenCounts.count) }
    return batches
  }
}

extension OutputKinds {
  init(_ kinds: [VectorKind]) {
    self = kinds.reduce(into: []) { all, kind in
      switch kind {
      case .dense: all.insert(.dense)
      case .sparse: all.insert(.sparse)
      case .colbert: all.insert(.colbert)
      }
    }
  }
}
