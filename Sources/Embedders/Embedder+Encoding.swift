import TesseraLayers
import TesseraModels
import TesseraTensors

extension Embedder {
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
  ///   `EmbedderError.kindNotSupported`; with `Options.awaitsVocabulary` false, what the initialiser
  ///   would else throw.
  public func encode(
    _ items: [Item], returning kinds: [VectorKind] = [.dense]
  ) throws -> [Result<Embedding, EmbedderError>] {
    let outputKinds = try supported(kinds)
    var results: [Result<Embedding, EmbedderError>] = []
    results.reserveCapacity(items.count)
    for window in windows(of: items.count) {
      try Task.checkCancellation()
      let part = items[window]
      let pixels = Parallel.map(part.count) { index in
        Result { () throws(EmbedderError) in
          try preparation.pixels(of: part[part.startIndex + index])
        }
      }
      let pictures = try readAhead(pixels)
      let texts = try preparation.texts()
      let prepared = Parallel.map(part.count) { index in
        pictures[index].flatMap { picture in
          Result { () throws(EmbedderError) in
            try preparation.prepare(part[part.startIndex + index], beside: picture, texts)
          }
        }
      }
      results += try encode(prepared, outputKinds)
    }
    return results
  }

  /// Pictures as the model takes them: those that words are read beside go through their tower first,
  /// for which the vocabulary may still be read.
  private func readAhead(
    _ pixels: [Result<Tensor?, EmbedderError>]
  ) throws -> [Result<ModelInput.Picture?, EmbedderError>] {
    let usable = pixels.compactMap { try? $0.get() }
    var tokens: [Tensor] = []
    let size = max(1, options.batchTokens / max(1, inputFormat.fusion.imageTokens))
    for start in stride(from: 0, to: usable.count, by: size) {
      try Task.checkCancellation()
      let batch = Array(usable[start..<min(start + size, usable.count)])
      tokens += try model.imageTokens(batch) ?? []
    }
    var next = tokens.makeIterator()
    return pixels.map { pixels in
      pixels.map { pixels in
        pixels.map { pixels in next.next().map(ModelInput.Picture.tokens) ?? .pixels(pixels) }
      }
    }
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
