import TesseraEmbedders

/// What is done with a text that is longer than the model reads.
enum LongTexts {
  /// It is cut, on the tokenizer's side, and the answer says so.
  case cut
  case refused
}

extension Service {
  /// Reads items and has them computed with those of others.
  ///
  /// - Throws: `Problem` that names the item, `EmbedderError`, `CancellationError`.
  func encode(
    _ items: [Item], with model: ServedModel, returning kinds: [VectorKind] = [.dense],
    long: LongTexts = .cut, for question: Question
  ) async throws -> [Embedding] {
    let lane = try model.lane(kinds)
    let start = ContinuousClock().now
    var prepared: [PreparedItem] = []
    prepared.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      // Others' requests are read between.
      if index % 8 == 7 {
        await Task.yield()
        try Task.checkCancellation()
      }
      let read = try Self.naming(index, of: items.count) { () throws(EmbedderError) in
        try model.embedder.prepare(item)
      }
      if long == .refused, let cut = read.truncation {
        throw Problem(
          .invalid,
          "\(Self.place(index, of: items.count))\(cut.total) tokens; the model reads \(cut.kept)",
          field: "input")
      }
      metrics.observe("te_request_input_length", Double(read.tokenCount))
      prepared.append(read)
    }
    let read = ContinuousClock().now
    metrics.observe("te_request_tokenization_duration", (read - start).seconds)
    let results = try await batcher.run(
      prepared, tokens: prepared.map(\.tokenCount), on: lane, for: question.client)
    metrics.observe("te_embed_duration", (ContinuousClock().now - read).seconds)
    return try results.enumerated().map { index, result in
      try Self.naming(index, of: results.count) { () throws(EmbedderError) in try result.get() }
    }
  }

  private static func place(_ index: Int, of count: Int) -> String {
    count == 1 ? "" : "item \(index): "
  }

  /// - Throws: the error as a problem that names the item.
  private static func naming<Value>(
    _ index: Int, of count: Int, _ body: () throws(EmbedderError) -> Value
  ) throws(Problem) -> Value {
    do {
      return try body()
    } catch {
      let problem = Problem.of(error)
      throw Problem(
        problem.kind, place(index, of: count) + problem.message, field: problem.field)
    }
  }
}
