import ArgumentParser
import Foundation
import TesseraEmbedders
import TesseraRetrieval

/// What is asked: items that are encoded, or vectors.
struct QueryOptions: ParsableArguments, CheckedArguments {
  @Option(
    help: "File of queries, as encode's --input, or - for standard input.", completion: .file())
  var input: String?
  @Option(
    help: "Queries as vectors: a .npy file, float32 [queries, dimension].", completion: .file())
  var vectors: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: "Add an item to every query: ITEM, or NUMBER*ITEM to weigh it; may be repeated.")
  var plus: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: "Take an item away from every query; may be repeated.")
  var minus: [String] = []
  @Argument(help: "Queries: a text, @IMAGE, or \"@IMAGE text\".") var queries: [String] = []

  /// Whether what is asked is no item as it was given.
  var isMade: Bool { vectors != nil || !plus.isEmpty || !minus.isEmpty }

  func check() throws {
    let given = [input != nil, vectors != nil, !queries.isEmpty].count { $0 }
    guard given == 1 else {
      throw ValidationError("Give queries either as arguments, with --input, or with --vectors.")
    }
    for term in plus + minus {
      guard let weight = WeightedItem(term)?.weight, weight.isFinite, weight > 0 else {
        throw ValidationError("\(term): expected an item, or a positive number, * and an item.")
      }
    }
  }

  /// Protects the files that are read.
  func spare(_ planned: PlannedOutputs) throws {
    try planned.spare(input, vectors)
    try planned.spare(
      (plus + minus).compactMap { WeightedItem($0) }.map { ItemSource.line(shorthand: $0.item) })
  }

  /// - Throws: `StoreError.fingerprint` where the model is none that can ask the index.
  ///
  /// - Parameter kinds: of vectors that a query needs.
  func queries(
    _ options: ModelOptions, of store: any KeptStore, _ kinds: [VectorKind]
  ) throws -> QuerySource {
    let terms =
      plus.compactMap { WeightedItem($0) }
      + minus.compactMap { WeightedItem($0).map { WeightedItem(weight: -$0.weight, $0.item) } }
    if isMade { try store.requireDense() }
    if let vectors, terms.isEmpty { return .vectors(try NumPyFile(path: vectors)) }
    let model = try IndexedModel(options, of: store, awaitingVocabulary: false, as: .query)
    try model.requireComparable(with: store)
    let shift = try Self.sum(terms, model.embedder)
    if let vectors { return .vectors(try NumPyFile(path: vectors), shift: shift) }
    let source = try input.map { try ItemSource(path: $0) } ?? ItemSource(shorthand: queries)
    return .items(source, model.embedder, kinds, shift: shift)
  }

  /// Σ w·x over vectors x of length 1; nil where there are none.
  private static func sum(_ terms: [WeightedItem], _ embedder: Embedder) throws -> [Float]? {
    guard !terms.isEmpty else { return nil }
    var sum = [Float](repeating: 0, count: embedder.dimension)
    var notices = Notices()
    for term in terms {
      let line = ItemSource.line(shorthand: term.item)
      let embedding = try embedder.encode(line.item.get())
      notices.note(embedding, of: term.weight < 0 ? "an item of --minus" : "an item of --plus")
      guard let unit = embedding.vector.ofLengthOne else {
        throw QueryFailure(message: "\(term.item): zero")
      }
      for i in sum.indices { sum[i] += term.weight * unit[i] }
    }
    notices.print()
    return sum
  }
}

/// `0.5*@fruit.jpg`: an item and how much it counts.
struct WeightedItem {
  let weight: Float
  let item: String

  init(weight: Float, _ item: String) {
    self.weight = weight
    self.item = item
  }

  /// Nil where there is no item.
  init?(_ text: String) {
    if let star = text.firstIndex(of: "*"), let weight = Float(text[..<star]) {
      self.init(weight: weight, String(text[text.index(after: star)...]))
    } else {
      self.init(weight: 1, text)
    }
    if item.isEmpty { return nil }
  }
}

/// Why a query has no hits.
struct QueryFailure: Error, CustomStringConvertible {
  let message: String

  var description: String { message }
}

/// A query with its vectors.
struct Query {
  let row: ItemRow
  /// What was encoded; nil for a vector that was made elsewhere.
  let item: Item?
  let vectors: Result<StoreQuery, QueryFailure>
}

/// Queries one after another.
enum QuerySource {
  case items(ItemSource, Embedder, [VectorKind] = [.dense], shift: [Float]?)
  case vectors(NumPyFile, shift: [Float]? = nil)

  func forEachBatch(_ body: ([Query]) throws -> Void) throws {
    switch self {
    case .items(let source, let embedder, let kinds, let shift):
      var notices = Notices()
      try source.forEachBatch { batch in
        try body(
          try zip(batch, embedder.encode(batch, returning: kinds)).map { line, encoded in
            let (row, result) = encoded
            if case .success(let embedding) = result { notices.note(embedding, of: row.place) }
            let vectors = result.mapError { QueryFailure(message: row.message($0)) }
              .flatMap { embedding -> Result<StoreQuery, QueryFailure> in
                guard kinds.contains(.dense) else { return .success(StoreQuery(embedding)) }
                return Self.moved(embedding.vector, by: shift, row).map { vector in
                  var query = StoreQuery(embedding)
                  query.vector = vector
                  return query
                }
              }
            return Query(row: row, item: try? line.item.get(), vectors: vectors)
          })
      }
      notices.print()
    case .vectors(let file, let shift):
      let matrix = file.tensor
      for start in stride(from: 0, to: file.rows, by: 64) {
        try body(
          (start..<min(start + 64, file.rows)).map { index in
            let row = ItemRow(index: index, line: nil, text: nil, image: nil, fields: [])
            let vector = Self.moved(matrix.row(index).elements, by: shift, row)
            return Query(row: row, item: nil, vectors: vector.map { StoreQuery(vector: $0) })
          })
      }
    }
  }

  /// The model that encodes the queries; nil where nothing is encoded.
  var embedder: Embedder? {
    if case .items(_, let embedder, _, _) = self { embedder } else { nil }
  }

  /// The sum of a vector at length 1 and of what every query gets.
  private static func moved(
    _ vector: [Float], by shift: [Float]?, _ row: ItemRow
  ) -> Result<[Float], QueryFailure> {
    guard vector.allSatisfy(\.isFinite), let unit = vector.ofLengthOne else {
      return .failure(
        QueryFailure(message: "\(row.place): the vector is zero, or has numbers that are none"))
    }
    guard let shift else { return .success(unit) }
    guard shift.count == unit.count else {
      return .failure(
        QueryFailure(
          message: "\(row.place): expected \(shift.count) numbers; found \(unit.count)"))
    }
    guard let sum = zip(unit, shift).map({ $0 + $1 }).ofLengthOne else {
      return .failure(QueryFailure(message: "\(row.place): nothing is left of the query"))
    }
    return .success(sum)
  }
}
