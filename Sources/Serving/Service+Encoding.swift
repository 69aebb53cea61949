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
  /// - Parameter field: that of the request which holds the items.
  /// - Throws: `Problem` that names the item, `EmbedderError`, `CancellationError`.
  func encode(
    _ items: [Item], of field: String = "input", with model: ServedModel,
    returning kinds: [VectorKind] = [.dense], long: LongTexts = .cut, for question: Question
  ) async throws -> [Embedding] {
    try await compute(
      items, of: field, on: model.lane(kinds), long: long, for: question,
      measured: "te_embed_duration"
    ) { item throws(EmbedderError) in try model.embedder.prepare(item) }
  }

  /// Reads pairs and has them computed with those of others.
  ///
  /// - Throws: `Problem` that names the pair, `EmbedderError`, `CancellationError`.
  func score(
    _ pairs: [TextPair], with model: ServedReranker, long: LongTexts = .cut,
    for question: Question
  ) async throws -> [PairScore] {
    try await compute(
      pairs, of: "input", on: model.lane, long: long, for: question,
      measured: "te_predict_duration"
    ) { pair throws(EmbedderError) in try model.reranker.prepare(pair) }
  }

  private func compute<Given, Piece: ReadPiece, Output: Sendable>(
    _ given: [Given], of field: String, on lane: Lane<Piece, Result<Output, EmbedderError>>,
    long: LongTexts, for question: Question, measured name: String,
    reading read: (Given) throws(EmbedderError) -> Piece
  ) async throws -> [Output] {
    let start = ContinuousClock().now
    var pieces: [Piece] = []
    pieces.reserveCapacity(given.count)
    for (index, one) in given.enumerated() {
      // Others' requests are read between.
      if index % 8 == 7 {
        await Task.yield()
        try Task.checkCancellation()
      }
      let piece = try Self.naming(index, of: given.count, in: field) { () throws(EmbedderError) in
        try read(one)
      }
      if long == .refused, let cut = piece.truncation {
        throw Problem(
          .invalid,
          "\(Self.place(index, of: given.count))\(cut.total) tokens; the model reads \(cut.kept)",
          field: field)
      }
      metrics.observe("te_request_input_length", Double(piece.tokenCount))
      pieces.append(piece)
    }
    let done = ContinuousClock().now
    metrics.observe("te_request_tokenization_duration", (done - start).seconds)
    let results = try await batcher.run(
      pieces, tokens: pieces.map(\.tokenCount), on: lane, for: question.client)
    metrics.observe(name, (ContinuousClock().now - done).seconds)
    return try results.enumerated().map { index, result in
      try Self.naming(index, of: results.count, in: field) { () throws(EmbedderError) in
        try result.get()
      }
    }
  }

  private static func place(_ index: Int, of count: Int) -> String {
    count == 1 ? "" : "item \(index): "
  }

  /// - Throws: the error as a problem that names the item and its field.
  private static func naming<Value>(
    _ index: Int, of count: Int, in field: String, _ body: () throws(EmbedderError) -> Value
  ) throws(Problem) -> Value {
    do {
      return try body()
    } catch {
      let problem = Problem.of(error)
      throw Problem(problem.kind, place(index, of: count) + problem.message, field: field)
    }
  }
}

/// What was read, and waits to be computed.
private protocol ReadPiece: Sendable {
  var tokenCount: Int { get }
  var truncation: Embedding.Truncation? { get }
}

extension PreparedItem: ReadPiece {}
extension PreparedPair: ReadPiece {}
