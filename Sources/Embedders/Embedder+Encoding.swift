import TesseraLayers
import TesseraModels
import TesseraTensors

extension Embedder {
  /// Encodes one item: a batch of one.
  ///
  /// - Throws: `EmbedderError`; `CancellationError` if the surrounding task was cancelled.
  public func encode(_ item: Item, returning kinds: [VectorKind] = [.dense]) throws -> Embedding {
    try encode([item], returning: kinds)[0].get()
  }

  /// Encodes items in batches, without padding; results are in the order of the items.
  ///
  /// An item that fails does not stop the others: its result says why.
  /// - Throws: `CancellationError` if the surrounding task was cancelled;
  ///   `EmbedderError.kindNotSupported`; with `Options.awaitsVocabulary` false, what the initialiser
  ///   would else throw.
  public func encode(
    _ items: [Item], returning kinds: [VectorKind] = [.dense]
  ) throws -> [Result<Embedding, EmbedderError>] {
    try embeddings(of: items, supported(kinds), trace: nil)
  }

  /// - Parameter trace: sees every stage; what it sees may be NaN, and so may the vector be.
  package func encode(_ item: Item, returning kinds: [VectorKind], trace: Trace) throws -> Embedding
  {
    try embeddings(of: [item], supported(kinds), trace: trace)[0].get()
  }

  private func embeddings(
    of items: [Item], _ kinds: OutputKinds, trace: Trace?
  ) throws -> [Result<Embedding, EmbedderError>] {
    var results: [(index: Int, result: Result<Embedding, EmbedderError>)] = []
    results.reserveCapacity(items.count)
    for window in windows(of: items.count) {
      try Task.checkCancellation()
      // Pictures first: while their tower computes, the vocabulary may still be read.
      let pictures = try pictures(of: items[window], trace)
      let inputs = try inputs(of: items[window], beside: pictures)
      var usable: [(index: Int, item: PreparedItem)] = []
      for (index, input) in zip(window, inputs) {
        switch input {
        case .success(let item): usable.append((index, item))
        case .failure(let error): results.append((index, .failure(error)))
        }
      }
      for batch in batches(of: usable.map(\.item.tokenCount)) {
        try Task.checkCancellation()
        let outputs = try model(usable[batch].map(\.item.input), kinds, trace: trace)
        for ((index, item), output) in zip(usable[batch], outputs) {
          results.append((index, item.embedding(output, cut: cut, requiringFinite: trace == nil)))
        }
      }
    }
    return results.sorted { $0.index < $1.index }.map(\.result)
  }

  /// The items' pictures as the encoder reads them: where words stand beside them, a tower has read
  /// them first.
  private func pictures(
    of items: ArraySlice<Item>, _ trace: Trace?
  ) throws -> [Result<ModelInput.Picture?, EmbedderError>] {
    var pictures = Parallel.map(items.count) { place in
      Result { () throws(EmbedderError) in
        try reader.picture(of: items[items.startIndex + place])
      }
    }
    var given: [(place: Int, pixels: Tensor)] = []
    for (place, picture) in pictures.enumerated() {
      switch picture {
      case .success(.pixels(let pixels)): given.append((place, pixels))
      case .success(.page(let page)):
        try Task.checkCancellation()
        // By itself: it has many tiles.
        pictures[place] = .success(.page(try model.read(page, trace: trace)))
      default: break
      }
    }
    let size = max(1, options.batchTokens / max(1, fusion.imageTokens))
    for start in stride(from: 0, to: given.count, by: size) {
      try Task.checkCancellation()
      let batch = given[start..<min(start + size, given.count)]
      let read = try model.read(batch.map(\.pixels), trace: trace)
      for ((place, _), picture) in zip(batch, read) { pictures[place] = .success(picture) }
    }
    return pictures
  }

  private func inputs(
    of items: ArraySlice<Item>, beside pictures: [Result<ModelInput.Picture?, EmbedderError>]
  ) throws -> [Result<PreparedItem, EmbedderError>] {
    let texts = try reader.texts()
    return Parallel.map(items.count) { place in
      Result { () throws(EmbedderError) in
        try reader.input(
          of: items[items.startIndex + place], beside: pictures[place].get(), texts)
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
  package func windows(of itemCount: Int) -> [Range<Int>] {
    // The tiles of a page are many pictures.
    let size = (fusion == .pages ? 1 : 16) * Parallel.threadCount
    return stride(from: 0, to: itemCount, by: size).map { $0..<min($0 + size, itemCount) }
  }

  package func batches(of tokenCounts: [Int]) -> [Range<Int>] {
    tokenBatches(of: tokenCounts, limit: options.batchTokens)
  }
}

/// Neighbours together, as many as the budget of tokens holds, at least one.
func tokenBatches(of tokenCounts: [Int], limit: Int) -> [Range<Int>] {
  var batches: [Range<Int>] = []
  var start = 0
  var tokens = 0
  for (i, count) in tokenCounts.enumerated() {
    if i > start, tokens + count > limit {
      batches.append(start..<i)
      (start, tokens) = (i, 0)
    }
    tokens += count
  }
  if start < tokenCounts.count { batches.append(start..<tokenCounts.count) }
  return batches
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
